-- Requests before anybody is known.

-- name: words_of
-- The slot that holds what a request said: of the newest of the two events that may.
SELECT uid, number, retain, year, key_id, sealed FROM event JOIN slot ON slot.event = event.id AND number = 0
WHERE envelope ->> 'case' = %(case)s AND envelope ? 'case' AND kind IN ('request.received', 'case.identified')
ORDER BY id DESC LIMIT 1;

-- name: identify_case
-- Ties a case to a person, once.
UPDATE case_file SET person = %(person)s WHERE id = %(case)s AND (person IS NULL OR person = %(person)s)
RETURNING id;
