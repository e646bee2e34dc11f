/**
 * Samples in HDF5 files, in the form of the official scripts: {@link dev.mmgen.train.hdf5.SampleWriter} writes them, {@link
 * dev.mmgen.train.hdf5.Hdf5Samples} reads them, and {@link dev.mmgen.train.hdf5.PrecomputedSource} gives them to a data set.
 */
@NullMarked
package dev.mmgen.train.hdf5;

import org.jspecify.annotations.NullMarked;
