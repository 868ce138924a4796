"""Use cases of an application, by who acts: applicant, reviewer, caller, machine."""
