package dev.mmgen.sampling;

import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;

/**
 * The path between data (t = 0) and noise (t = 1): {@code x_t = alpha(t) * data + sigma(t) * noise} (SiT, section 2).
 *
 * <p>Times come as a number, or as a tensor that broadcasts over the state: {@code [N, 1, 1, 1]} for a time per sample,
 * {@code [N, C, 1, 1]} for one per channel. Results have the type that data, noise and times promote to.
 */
public sealed interface Interpolant permits LinearInterpolant, CosineInterpolant {

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
            default -> throw new IllegalArgumentException("unknown path type '" + name + "'; use linear or cosine");
        };
    }

    /** Returns the name that {@link #named} finds this path by. */
    default String name() {
        return switch (this) {
            case LinearInterpolant _ -> "linear";
            case CosineInterpolant _ -> "cosine";
        };
    }

    /** Returns the share of data at the times. */
    Tensor alpha(Tensor times);

    /** Returns the share of noise at the times. */
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
     * It has no finite value at t = 0.
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
