"from computed"
