"""Media files: declared, put straight into S3, verified, receipted."""
