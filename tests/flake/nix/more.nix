"from more"
