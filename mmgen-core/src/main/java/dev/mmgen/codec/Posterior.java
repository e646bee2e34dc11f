package dev.mmgen.codec;

import dev.mmgen.part.PartCheck;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The normal distribution of an image's latents, independent for each element (diffusers:
 * {@code DiagonalGaussianDistribution}). All three tensors have the shape {@code [N, latent channels, h, w]}; closing
 * this closes them.
 *
 * @param mean   the centre
 * @param logvar the logarithm of the variance, limited to [-30, 20]
 * @param std    the standard deviation, {@code exp(logvar / 2)}
 */
public record Posterior(Tensor mean, Tensor logvar, Tensor std) implements AutoCloseable {

    private static final double MIN_LOGVAR = -30;
    private static final double MAX_LOGVAR = 20;

    /**
     * @throws IllegalArgumentException if the shapes differ
     */
    public Posterior {
        if (!mean.shape().equals(logvar.shape()) || !mean.shape().equals(std.shape())) {
            throw new IllegalArgumentException(
                    "a posterior whose mean is " + mean.shape() + ", logarithm of the variance " + logvar.shape()
                            + " and deviation " + std.shape() + "; they must have one shape");
        }
    }

    /** Returns the distribution of an autoencoder that knows no uncertainty; it takes over the mean. */
    public static Posterior certain(Tensor mean) {
        Tensor logvar = Torch.full(MIN_LOGVAR, mean.dtype(), mean.device(), mean.shape());
        return new Posterior(mean, logvar, Torch.full(0, mean.dtype(), mean.device(), mean.shape()));
    }

    /**
     * Returns the distribution that a network's output stands for.
     *
     * @param output {@code [N, 2 * latent channels, h, w]}: means, then logarithms of variances
     */
    public static Posterior ofOutput(Tensor output) {
        try (TensorScope scope = TensorScope.open()) {
            long channels = output.size(1) / 2;
            Tensor mean = output.slice(1, 0, channels);
            Tensor logvar = output.slice(1, channels, 2 * channels).clamp(MIN_LOGVAR, MAX_LOGVAR);
            Tensor std = logvar.mul(0.5).exp();
            return new Posterior(scope.keep(mean), scope.keep(logvar), scope.keep(std));
        }
    }

    /** Returns the posterior that an autoencoder gives, after a check of its tensors. */
    static Posterior checked(PartCheck autoencoder, Shape shape, Supplier<? extends @Nullable Posterior> encoding) {
        try (TensorScope scope = TensorScope.open()) {
            Posterior posterior = autoencoder.value("encode", encoding);
            for (Tensor tensor : List.of(posterior.mean, posterior.logvar, posterior.std)) {
                autoencoder.require("encode", tensor, shape, DType.FLOAT32);
            }
            if (posterior.std.amin().item() < 0) {
                throw autoencoder.broken("encode", "negative deviations", "they must be 0 or more");
            }
            return new Posterior(scope.keep(posterior.mean), scope.keep(posterior.logvar), scope.keep(posterior.std));
        }
    }

    /**
     * Returns latents drawn from the distribution: {@code mean + std * noise}.
     *
     * @param noise standard normal, of the shape of the mean, on any device
     */
    public Tensor sample(Tensor noise) {
        if (!noise.shape().equals(mean.shape())) {
            throw new IllegalArgumentException(
                    "noise of shape " + noise.shape() + " for a posterior of shape " + mean.shape());
        }
        return TensorScope.keeping(() -> mean.add(std.mul(noise.to(mean.device(), mean.dtype()))));
    }

    /**
     * Returns the distribution of a single picture for several samples, as views of this one.
     *
     * @throws IllegalArgumentException if this is of more than one picture
     */
    public Posterior repeated(int samples) {
        if (mean.size(0) != 1) {
            throw new IllegalArgumentException(
                    "only the posterior of one picture can be repeated, not " + mean.shape());
        }
        return new Posterior(repeated(mean, samples), repeated(logvar, samples), repeated(std, samples));
    }

    private static Tensor repeated(Tensor single, int samples) {
        return single.expand(samples, -1, -1, -1);
    }

    /** Returns the distribution of one of several pictures, as views of this one. */
    public Posterior picture(int place) {
        return new Posterior(
                mean.slice(0, place, place + 1), logvar.slice(0, place, place + 1), std.slice(0, place, place + 1));
    }

    /** Returns the distributions of all pictures of several ones, in this order, as a copy. */
    static Posterior joined(List<Posterior> parts) {
        return new Posterior(
                Torch.cat(parts.stream().map(Posterior::mean).toList(), 0),
                Torch.cat(parts.stream().map(Posterior::logvar).toList(), 0),
                Torch.cat(parts.stream().map(Posterior::std).toList(), 0));
    }

    /** Returns the most likely latents: the mean, as a copy. */
    public Tensor mode() {
        return mean.copy();
    }

    /** Frees the three tensors. */
    @Override
    public void close() {
        mean.close();
        logvar.close();
        std.close();
    }
}
