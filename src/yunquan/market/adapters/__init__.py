"""Where the kinds of days come from: public holidays, files a person names."""
