package dev.mmgen.torch.weights;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Python tuple while a pickle is being read; it becomes a list in the finished tree. */
record PickleTuple(List<@Nullable Object> items) {}
