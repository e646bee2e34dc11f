/**
 * Random numbers of a training, and NumPy's, bit for bit. {@link dev.mmgen.train.random.Draws} is where a loss takes its
 * numbers from, {@link dev.mmgen.train.random.SeededDraws} draws them from a seed as the reference does. {@link
 * dev.mmgen.train.random.Pcg64} is {@code numpy.random.default_rng} and {@link dev.mmgen.train.random.NumpyRandom} the
 * legacy {@code numpy.random.RandomState}. PyTorch's numbers are those of {@link dev.mmgen.torch.Generator}.
 */
@NullMarked
package dev.mmgen.train.random;

import org.jspecify.annotations.NullMarked;
