"""Documents that come by themselves: from folders, WebDAV, S3, feeds and sitemaps."""
