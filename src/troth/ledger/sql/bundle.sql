-- What leaves the house as proof.

-- name: events_of_case
-- The placed events of a case with everything their leaves commit to.
SELECT position, uid, kind, at, space, policy, envelope,
    (SELECT coalesce(array_agg(commitment ORDER BY number), '{}') FROM slot WHERE slot.event = event.id), leaf
FROM event WHERE envelope ? 'case' AND envelope ->> 'case' = %(case)s AND position < %(size)s ORDER BY position;

-- name: events_between
-- Events by position with everything their leaves commit to.
SELECT position, uid, kind, at, space, policy, envelope,
    (SELECT coalesce(array_agg(commitment ORDER BY number), '{}') FROM slot WHERE slot.event = event.id), leaf
FROM event WHERE position >= %(first)s AND position < %(end)s ORDER BY position;

-- name: older_checkpoints
-- Signed checkpoints before a size that a witness was given, newest first.
SELECT checkpoint.size, checkpoint.note FROM checkpoint
WHERE checkpoint.size < %(size)s AND EXISTS (SELECT FROM delivery WHERE delivery.size = checkpoint.size)
ORDER BY checkpoint.size DESC LIMIT 1;

-- name: receipt_of
-- The receipt of a case, the position of the event that closed it, and the signature under its plan.
SELECT receipt.body, event.position, case_file.plan, approval.signer, approval.role, approval.at, approval.signature,
    approval.public_key
FROM receipt JOIN event ON event.id = receipt.event JOIN case_file ON case_file.id = receipt.case_file
LEFT JOIN approval ON approval.plan = case_file.plan WHERE receipt.case_file = %(case)s;
