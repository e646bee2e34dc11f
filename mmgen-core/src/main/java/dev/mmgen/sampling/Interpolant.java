package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;

/**
 * The path between data (t = 0) and noise (t = 1): {@code x_t = alpha(t) * data + sigma(t) * noise} (SiT, section 2). The
 * library's own are {@link #linear} and {@link #cosine}; one of a user's own gives four functions of time.
 *
 * <p>Times come as a number, or as a tensor that broadcasts over the state: {@code [N, 1, 1, 1]} for a time per sample,
 * {@code [N, C, 1, 1]} for one per channel. {@link #alpha} falls from 1 to 0 and {@link #sigma} rises from 0 to 1; both are
 * finite for all times from 0 to 1, the rates for all times between. Of a tensor of times, each of the four returns a new tensor
 * of the same shape, type and device, which belongs to the {@link TensorScope} that is open. {@link #mix} and the other functions
 * of states have the type that data, noise and times promote to.
 *
 * <p>Implementations are immutable: several threads use one at the same time. Models are stored with the {@link #name} of their
 * path, so a model folder takes only paths that {@link #named} finds.
 */
public interface Interpolant {

    /** The names of the paths that are known here, as official arguments and model folders spell them. */
    List<String> NAMES = List.of("linear", "cosine");

    /** Returns the straight path, which the released models were trained on. */
    static Interpolant linear() {
        return new LinearInterpolant();
    }

    /** Returns the path on a quarter of a circle, whose variance stays the same. */
    static Interpolant cosine() {
        return new CosineInterpolant();
    }

    /**
     * Finds a path by the name that official arguments use: {@code linear} or {@code cosine}.
     *
     * @throws IllegalArgumentException for any other name
     */
    static Interpolant named(String name) {
        return switch (name) {
            case "linear" -> linear();
            case "cosine" -> cosine();
            default ->
                throw new IllegalArgumentException(
                        "unknown path type '" + name + "'; use " + String.join(" or ", NAMES));
        };
    }

    /** Returns the name of the path: {@code linear}, {@code cosine}, or the class of a user's own. */
    default String name() {
        return getClass().getName();
    }

    /** Returns the share of data at the times, from 1 at time 0 down to 0 at time 1. */
    Tensor alpha(Tensor times);

    /** Returns the share of noise at the times, from 0 at time 0 up to 1 at time 1. */
    Tensor sigma(Tensor times);

    /** Returns the derivative of {@link #alpha} by time. */
    Tensor alphaRate(Tensor times);

    /** Returns the derivative of {@link #sigma} by time. */
    Tensor sigmaRate(Tensor times);

    /** Returns the share of data at one time. */
    default double alpha(double time) {
        try (TensorScope _ = TensorScope.open()) {
            return alpha(scalar(time)).item();
        }
    }

    /** Returns the share of noise at one time. */
    default double sigma(double time) {
        try (TensorScope _ = TensorScope.open()) {
            return sigma(scalar(time)).item();
        }
    }

    /** Returns the point of the path: {@code alpha * data + sigma * noise}. */
    default Tensor mix(Tensor data, Tensor noise, Tensor times) {
        return TensorScope.keeping(() -> alpha(times).mul(data).add(sigma(times).mul(noise)));
    }

    /** Returns the point of the path at one time for all. At 0 this is exactly the data. */
    default Tensor mix(Tensor data, Tensor noise, double time) {
        return TensorScope.keeping(() -> mix(data, noise, scalar(time)));
    }

    /** Returns the velocity of the path, which training regresses on: {@code alpha' * data + sigma' * noise}. */
    default Tensor velocityTarget(Tensor data, Tensor noise, Tensor times) {
        return TensorScope.keeping(
                () -> alphaRate(times).mul(data).add(sigmaRate(times).mul(noise)));
    }

    /** Returns the velocity of the path at one time for all. */
    default Tensor velocityTarget(Tensor data, Tensor noise, double time) {
        return TensorScope.keeping(() -> velocityTarget(data, noise, scalar(time)));
    }

    /**
     * Returns the score, the gradient of the log density, that belongs to a velocity (reference
     * {@code get_score_from_velocity}): {@code (r v - x) / (sigma^2 - r sigma' sigma)} with {@code r = alpha / alpha'}.
     * It has no finite value at t = 0, nor where {@code alpha'} is 0.
     */
    default Tensor score(Tensor velocity, Tensor state, Tensor times) {
        return TensorScope.keeping(() -> {
            Tensor sigma = sigma(times);
            Tensor ratio = alpha(times).div(alphaRate(times));
            Tensor variance = sigma.mul(sigma).sub(ratio.mul(sigmaRate(times)).mul(sigma));
            return ratio.mul(velocity).sub(state).div(variance);
        });
    }

    /** Returns the score at one time for all. */
    default Tensor score(Tensor velocity, Tensor state, double time) {
        return TensorScope.keeping(() -> score(velocity, state, scalar(time)));
    }

    /**
     * Returns the data that a velocity points to from a state at one time for all: {@code (sigma' x - sigma v) / (alpha
     * sigma' - alpha' sigma)}.
     */
    default Tensor data(Tensor velocity, Tensor state, double time) {
        return TensorScope.keeping(() -> {
            Tensor times = scalar(time);
            Tensor sigma = sigma(times);
            Tensor sigmaRate = sigmaRate(times);
            Tensor determinant =
                    alpha(times).mul(sigmaRate).sub(alphaRate(times).mul(sigma));
            return sigmaRate.mul(state).sub(sigma.mul(velocity)).div(determinant);
        });
    }

    /** A tensor without dimensions keeps its precision and yet leaves the type of what it meets alone. */
    private static Tensor scalar(double time) {
        return Torch.full(time, DType.FLOAT64, Device.CPU, Shape.of());
    }
}
