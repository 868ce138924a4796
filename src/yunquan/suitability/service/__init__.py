"""The questionnaire and matching; trading permissions."""
