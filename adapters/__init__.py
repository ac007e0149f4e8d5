"""An agency's own form in, drafts out. One folder for each kind of form; adapters know the domain and nothing else."""
