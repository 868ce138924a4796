"""Programs around the code: setting up, checking, generating. Nothing in src/ imports them."""
