"""What neurons compute: activations, aggregations, groups and transforms, one record each."""
