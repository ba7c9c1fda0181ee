-- Requests before anybody is known.

-- name: words_of
-- The event that holds what a request said: the newest of the two that may.
SELECT id FROM event WHERE envelope ->> 'case' = %(case)s AND envelope ? 'case'
    AND kind IN ('request.received', 'case.identified')
ORDER BY id DESC LIMIT 1;

-- name: identify_case
-- Ties a case to a person, once.
UPDATE case_file SET person = %(person)s WHERE id = %(case)s AND (person IS NULL OR person = %(person)s);
