package dev.mmgen.train.loss;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;

/** The way from data (time 0) to noise (time 1): {@code x(t) = alpha(t) * data + sigma(t) * noise}. Times broadcast. */
public enum NoisePath {
    /** {@code alpha = 1 - t, sigma = t}: the released models. */
    LINEAR {
        @Override
        public Tensor mix(Tensor data, Tensor noise, Tensor times) {
            return TensorScope.keeping(() -> times.neg().add(1).mul(data).add(times.mul(noise)));
        }

        @Override
        public Tensor velocityTarget(Tensor data, Tensor noise, Tensor times) {
            return noise.sub(data);
        }
    },

    /** {@code alpha = cos(t * pi / 2), sigma = sin(t * pi / 2)}. */
    COSINE {
        @Override
        public Tensor mix(Tensor data, Tensor noise, Tensor times) {
            return TensorScope.keeping(() -> {
                Tensor angle = times.mul(Math.PI / 2);
                return angle.cos().mul(data).add(angle.sin().mul(noise));
            });
        }

        @Override
        public Tensor velocityTarget(Tensor data, Tensor noise, Tensor times) {
            return TensorScope.keeping(() -> {
                Tensor angle = times.mul(Math.PI / 2);
                return angle.sin().mul(-Math.PI / 2).mul(data).add(angle.cos().mul(Math.PI / 2).mul(noise));
            });
        }
    };

    /** Returns the mixture of data and noise at these times. */
    public abstract Tensor mix(Tensor data, Tensor noise, Tensor times);

    /** Returns the derivative of {@link #mix} by the time. */
    public abstract Tensor velocityTarget(Tensor data, Tensor noise, Tensor times);
}
