package dev.mmgen.sampling;

import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A path of a user's own whose answers are checked one by one, so that the path is named where it breaks its contract, and not
 * the sampler or the loss that computed with what it gave.
 */
public final class CheckedInterpolant implements Interpolant {

    /** The largest distance of the shares at the ends of a path from 0 and 1: room for rounding, and for noise that never quite ends. */
    private static final double END_TOLERANCE = 0.01;

    private final Interpolant path;
    private final PartCheck check;

    private CheckedInterpolant(Interpolant path, PartCheck check) {
        this.path = path;
        this.check = check;
    }

    /**
     * Returns a path that checks another; one of the library's own is returned as it is.
     *
     * @throws dev.mmgen.part.PartException if the path's shares of data and noise, or their rates, are not what they must be
     */
    public static Interpolant of(Interpolant path) {
        PartCheck check = new PartCheck("interpolant", Interpolant.class, path);
        if (!check.isForeign()) {
            return path;
        }
        CheckedInterpolant checked = new CheckedInterpolant(path, check);
        checked.requireUsable();
        return checked;
    }

    /** Asks a path for all it has, at times at which it has to be finite, and looks at its ends and directions. */
    private void requireUsable() {
        try (GradMode _ = Torch.noGrad();
                TensorScope _ = TensorScope.open()) {
            Tensor all = Torch.tensor(new double[] {0, 0.25, 0.5, 0.75, 1});
            Tensor inner = Torch.tensor(new double[] {0.25, 0.5, 0.75});
            double[] alpha = check.tensor("alpha", all.shape(), DType.FLOAT64, () -> path.alpha(all))
                    .toDoubles();
            double[] sigma = check.tensor("sigma", all.shape(), DType.FLOAT64, () -> path.sigma(all))
                    .toDoubles();
            double[] fall = check.tensor("alphaRate", inner.shape(), DType.FLOAT64, () -> path.alphaRate(inner))
                    .toDoubles();
            double[] rise = check.tensor("sigmaRate", inner.shape(), DType.FLOAT64, () -> path.sigmaRate(inner))
                    .toDoubles();
            requireEnds("alpha", alpha, 1, 0);
            requireEnds("sigma", sigma, 0, 1);
            if (Arrays.stream(fall).anyMatch(rate -> rate > 0)) {
                throw check.broken(
                        "alphaRate", Arrays.toString(fall), "alpha falls with time, so its rate is 0 or less");
            }
            if (Arrays.stream(rise).anyMatch(rate -> rate < 0)) {
                throw check.broken(
                        "sigmaRate", Arrays.toString(rise), "sigma rises with time, so its rate is 0 or more");
            }
        }
    }

    private void requireEnds(String share, double[] values, double first, double last) {
        double end = values[values.length - 1];
        if (Math.abs(values[0] - first) > END_TOLERANCE || Math.abs(end - last) > END_TOLERANCE) {
            throw check.broken(
                    share,
                    values[0] + " at time 0 and " + end + " at time 1",
                    "it must be " + first + " at time 0 and " + last + " at time 1");
        }
    }

    @Override
    public String name() {
        return check.value("name", path::name);
    }

    @Override
    public Tensor alpha(Tensor times) {
        return check.tensor("alpha", times.shape(), times.dtype(), () -> path.alpha(times));
    }

    @Override
    public Tensor sigma(Tensor times) {
        return check.tensor("sigma", times.shape(), times.dtype(), () -> path.sigma(times));
    }

    @Override
    public Tensor alphaRate(Tensor times) {
        return rate("alphaRate", times, () -> path.alphaRate(times));
    }

    @Override
    public Tensor sigmaRate(Tensor times) {
        return rate("sigmaRate", times, () -> path.sigmaRate(times));
    }

    /** A rate may be infinite at the ends of the path. */
    private Tensor rate(String call, Tensor times, Supplier<? extends @Nullable Tensor> answer) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor rate = check.requireForm(call, check.value(call, answer), times.shape());
            if (rate.dtype() != times.dtype()) {
                throw check.broken(
                        call,
                        "a tensor of " + rate.dtype().torchName(),
                        "the type must be that of the times, " + times.dtype().torchName());
            }
            return scope.keep(rate);
        }
    }

    @Override
    public double alpha(double time) {
        return share("alpha", time, check.value("alpha", () -> path.alpha(time)));
    }

    @Override
    public double sigma(double time) {
        return share("sigma", time, check.value("sigma", () -> path.sigma(time)));
    }

    private double share(String call, double time, double value) {
        if (!Double.isFinite(value)) {
            throw check.broken(call, value + " at time " + time, "it must be finite");
        }
        return value;
    }

    @Override
    public Tensor mix(Tensor data, Tensor noise, Tensor times) {
        return check.tensor("mix", data.shape(), data.dtype(), () -> path.mix(data, noise, times));
    }

    @Override
    public Tensor mix(Tensor data, Tensor noise, double time) {
        return check.tensor("mix", data.shape(), data.dtype(), () -> path.mix(data, noise, time));
    }

    @Override
    public Tensor velocityTarget(Tensor data, Tensor noise, Tensor times) {
        return check.tensor(
                "velocityTarget", data.shape(), data.dtype(), () -> path.velocityTarget(data, noise, times));
    }

    @Override
    public Tensor velocityTarget(Tensor data, Tensor noise, double time) {
        return check.tensor("velocityTarget", data.shape(), data.dtype(), () -> path.velocityTarget(data, noise, time));
    }

    @Override
    public Tensor score(Tensor velocity, Tensor state, Tensor times) {
        return check.tensor("score", state.shape(), () -> path.score(velocity, state, times));
    }

    @Override
    public Tensor score(Tensor velocity, Tensor state, double time) {
        return check.tensor("score", state.shape(), () -> path.score(velocity, state, time));
    }

    @Override
    public Tensor data(Tensor velocity, Tensor state, double time) {
        return check.tensor("data", state.shape(), () -> path.data(velocity, state, time));
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
