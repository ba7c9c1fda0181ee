-- Applications for jobs, apart from everything else.
CREATE TABLE vacancy (
    vacancy_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    closed_on TEXT
);
CREATE TABLE applicant (
    applicant_id INTEGER PRIMARY KEY,
    vacancy_id INTEGER NOT NULL REFERENCES vacancy (vacancy_id),
    email TEXT NOT NULL COLLATE NOCASE,
    full_name TEXT NOT NULL,
    phone TEXT,
    cv TEXT NOT NULL,
    letter TEXT,
    may_work_here TEXT NOT NULL,
    applied_on TEXT NOT NULL
);
CREATE INDEX applicant_email ON applicant (email);
