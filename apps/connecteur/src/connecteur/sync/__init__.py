"""The flows: four arrows between Batigest, the tampon and BatiSimply. Each can run alone and be repeated."""
