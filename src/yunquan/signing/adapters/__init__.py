"""Our own authorities, the signer of PDFs, the seal, the printer, the examiner."""
