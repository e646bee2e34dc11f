package dev.mmgen.torch.nn;

import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;

/** A perceptron with one hidden layer, two linear maps with an activation between: timm's {@code Mlp}. */
public final class Mlp extends Module implements Layer {

    private final Linear fc1;
    private final Activation activation;
    private final Linear fc2;

    /**
     * Makes a perceptron with one hidden layer.
     *
     * @param width  size of the last dimension of input and output
     * @param hidden size of the hidden layer, 4 times the width in transformers
     */
    public Mlp(long width, long hidden, Activation activation) {
        this.fc1 = child("fc1", new Linear(width, hidden));
        this.activation = activation;
        this.fc2 = child("fc2", new Linear(hidden, width));
    }

    /** Maps {@code [..., width]} to {@code [..., width]}. */
    @Override
    public Tensor forward(Tensor input) {
        return TensorScope.keeping(() -> fc2.forward(widen(input)));
    }

    private Tensor widen(Tensor input) {
        return activation == Activation.GELU_TANH ? fc1.forwardGelu(input) : activation.forward(fc1.forward(input));
    }
}
