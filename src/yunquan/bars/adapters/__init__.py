"""Sources of bars: the sample series of marina-rules, files a person names."""
