"""The one app of the site: notes that visitors leave."""
