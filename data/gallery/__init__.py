"""The sample gallery: pictures worth looking at, drawn by our own generator on the user's machine at set-up."""




