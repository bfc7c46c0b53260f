"""Our index beside other people's, over real descriptors that are enlarged to millions."""
