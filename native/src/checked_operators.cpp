#include "checked_operators.h"

#include <set>

namespace mmt {

namespace {

using Names = std::set<std::string>;

// Operators of PyTorch are many, new ones come with each version, and which of their kernels trust what they are given is known only
// of those that were attacked (native/attack: arguments at the edges, around valid calls too). So this is a list of what may be
// called, not of what may not.

// One number out for each number in; also in place.
const Names elementwise = {
    "abs", "absolute", "acos", "acosh", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "copysign", "cos", "cosh",
    "deg2rad", "digamma", "div", "divide", "eq", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fix", "float_power", "floor",
    "floor_divide", "fmax", "fmin", "fmod", "frac", "gcd", "ge", "gelu", "greater", "greater_equal", "gt", "hardsigmoid",
    "hardswish", "heaviside", "hypot", "i0", "igamma", "igammac", "isclose", "isfinite", "isinf", "isnan", "isneginf",
    "isposinf", "isreal", "ldexp", "le", "lerp", "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "log_sigmoid",
    "logaddexp", "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "lt", "masked_fill",
    "maximum", "minimum", "mish", "mul", "multiply", "mvlgamma", "nan_to_num", "ne", "neg", "negative", "nextafter",
    "not_equal", "polygamma", "positive", "pow", "rad2deg", "reciprocal", "relu", "relu6", "remainder", "round", "rsqrt",
    "selu", "sgn", "sigmoid", "sign", "signbit", "silu", "sin", "sinc", "sinh", "special_digamma", "special_entr",
    "special_erf", "special_erfc", "special_erfcx", "special_erfinv", "special_exp2", "special_expit", "special_expm1",
    "special_gammainc", "special_gammaincc", "special_gammaln", "special_i0", "special_i0e", "special_i1", "special_i1e",
    "special_log1p", "special_log_ndtr", "special_logit", "special_multigammaln", "special_ndtr", "special_ndtri",
    "special_polygamma", "special_psi", "special_round", "special_sinc", "special_xlog1py", "special_xlogy", "special_zeta",
    "sqrt", "square", "tan", "tanh", "true_divide", "trunc", "where", "xlogy",
};

// Parts of a tensor that are kept, filled or summed up along a dimension; also in place.
const Names along_dimensions = {
    "cumprod", "cumsum", "fill", "index_copy", "index_fill", "masked_scatter", "put", "scatter", "scatter_add",
    "scatter_reduce", "tril", "triu", "zero",
};

// Numbers drawn; also in place.
const Names random = {
    "bernoulli", "cauchy", "exponential", "geometric", "log_normal", "normal", "rand", "rand_like", "randint", "randint_like",
    "randn", "randn_like", "random", "randperm", "uniform",
};

const Names made = {
    "bartlett_window", "blackman_window", "clone", "empty_like", "eye", "fft_fftfreq", "fft_rfftfreq", "hamming_window",
    "hann_window", "kaiser_window", "linspace", "logspace", "new_ones", "new_zeros", "ones", "ones_like", "tril_indices",
    "triu_indices", "zeros", "zeros_like",
};

const Names reduced = {
    "all", "allclose", "amax", "amin", "aminmax", "any", "argmax", "argmin", "corrcoef", "count_nonzero", "cov", "cummax",
    "cummin", "equal", "frobenius_norm", "is_nonzero", "linalg_norm", "linalg_vecdot", "logcumsumexp", "logsumexp", "max",
    "mean", "min", "nanmean", "nanquantile", "nansum", "norm_except_dim", "nuclear_norm", "prod", "quantile",
    "special_logsumexp", "std", "std_mean", "sum", "sum_to_size", "trace", "trapezoid", "trapz", "cumulative_trapezoid", "var",
    "var_mean",
};

const Names sorted = {
    "argsort", "argwhere", "bucketize", "index_select", "isin", "kthvalue", "masked_select", "mode", "msort", "nonzero",
    "one_hot", "searchsorted", "sort", "take", "take_along_dim", "topk", "unique_consecutive", "unique_dim",
    "unique_dim_consecutive", "bincount",
};

// Other views of the same numbers, and joints.
const Names shaped = {
    "adjoint", "alias", "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_to", "cartesian_prod", "cat",
    "channel_shuffle", "column_stack", "concat", "concatenate", "contiguous", "detach", "diag", "diag_embed", "diagflat",
    "diagonal", "diagonal_scatter", "diff", "dstack", "expand", "expand_as", "fft_fftshift", "fft_ifftshift", "flatten", "flip",
    "fliplr", "flipud", "hstack", "linalg_diagonal", "moveaxis", "movedim", "narrow", "narrow_copy", "numpy_T", "mT",
    "pad_sequence", "permute", "pixel_shuffle", "pixel_unshuffle", "ravel", "repeat", "reshape", "reshape_as", "roll", "rot90",
    "row_stack", "select", "select_scatter", "slice", "slice_scatter", "squeeze", "stack", "swapaxes", "swapdims", "t", "tile",
    "to", "transpose", "type_as", "unflatten", "unfold", "unsqueeze", "view", "view_as", "vstack",
};

const Names products = {
    "bilinear", "bmm", "cdist", "chain_matmul", "cosine_similarity", "cross", "dot", "einsum", "ger", "inner", "kron",
    "linalg_cross", "linalg_matmul", "linalg_multi_dot", "linear", "matmul", "matrix_power", "mm", "mv", "outer",
    "pairwise_distance", "pdist", "tensordot", "vander", "vdot", "linalg_vander",
};

const Names decomposed = {
    "cholesky", "cholesky_inverse", "cholesky_solve", "inverse", "linalg_cholesky", "linalg_cholesky_ex", "linalg_cond",
    "linalg_det", "linalg_eigh", "linalg_eigvalsh", "linalg_inv", "linalg_inv_ex", "linalg_lu", "linalg_matrix_exp",
    "linalg_matrix_norm", "linalg_matrix_power", "linalg_matrix_rank", "linalg_pinv", "linalg_qr", "linalg_slogdet",
    "linalg_solve", "linalg_solve_ex", "linalg_solve_triangular", "linalg_svd", "linalg_svdvals", "logdet", "matrix_exp",
    "pinverse", "qr", "slogdet", "svd", "triangular_solve",
};

const Names layers = {
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "affine_grid_generator", "avg_pool1d", "avg_pool2d",
    "avg_pool3d", "binary_cross_entropy", "binary_cross_entropy_with_logits", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
    "conv_transpose2d", "conv_transpose3d", "cosine_embedding_loss", "cross_entropy_loss", "glu", "group_norm",
    "hinge_embedding_loss", "huber_loss", "im2col", "kl_div", "l1_loss", "layer_norm", "log_softmax", "margin_ranking_loss",
    "max_pool1d", "max_pool2d", "max_pool3d", "mse_loss", "nll_loss", "nll_loss2d", "nll_loss_nd", "pad", "poisson_nll_loss",
    "prelu", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d", "replication_pad2d",
    "replication_pad3d", "rms_norm", "smooth_l1_loss", "soft_margin_loss", "softmax", "special_log_softmax", "special_softmax",
    "triplet_margin_loss",
};

// "mul" and true of aten::mul_.
struct Name {
  std::string bare;
  bool in_place;

  explicit Name(const Schema& schema) : bare(schema.name.substr(std::string("aten::").size())) {
    in_place = !bare.empty() && bare.back() == '_';
    if (in_place) {
      bare.pop_back();
    }
  }
};

bool one_of(std::initializer_list<const Names*> groups, const std::string& name) {
  for (const Names* names : groups) {
    if (names->count(name) == 1) {
      return true;
    }
  }
  return false;
}

bool writes(const Schema& schema, size_t from) {
  for (size_t i = from; i < schema.arguments.size(); ++i) {
    if (schema.arguments[i].written) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool looks_twice(const Schema& schema) {
  return one_of({&along_dimensions, &reduced, &sorted, &layers}, Name(schema).bare);
}

const char* why_unchecked(const Schema& schema) {
  const Name name(schema);
  if (name.bare.empty() || name.bare.front() == '_') {
    return "PyTorch calls it private, and its kernel trusts what it is given";
  }
  if (writes(schema, name.in_place ? 1 : 0)) {
    return "it may change the form of what it writes to while others read it; use the operator that returns its result";
  }
  bool checked = one_of({&elementwise, &along_dimensions, &random}, name.bare) ||
                 (!name.in_place && one_of({&made, &reduced, &sorted, &shaped, &products, &decomposed, &layers}, name.bare));
  return checked ? nullptr : "it is none of those whose kernels are known to look at their arguments";
}

}  // namespace mmt
