package dev.mmgen.torch.nn;

import dev.mmgen.torch.Tensor;

/** An activation function: a layer without parameters. */
public enum Activation implements Layer {
    /** {@code x * sigmoid(x)}. */
    SILU {
        @Override
        public Tensor forward(Tensor input) {
            return input.silu();
        }
    },
    /** {@code x * Phi(x)} with the normal distribution function. */
    GELU {
        @Override
        public Tensor forward(Tensor input) {
            return input.gelu();
        }
    },
    /** The tanh approximation of {@link #GELU}. */
    GELU_TANH {
        @Override
        public Tensor forward(Tensor input) {
            return input.geluTanh();
        }
    }
}
