"""Why an output is what it is: amounts by neuron and by input, along lines."""
