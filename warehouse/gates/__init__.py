"""Gates: what is compared before a publication, with the published run and with what the model learned from."""
