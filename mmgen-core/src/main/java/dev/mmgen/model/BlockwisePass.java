package dev.mmgen.model;

import dev.mmgen.torch.Autocast;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.nn.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A forward pass whose graph of gradients is cut before every block, and its backward pass, which goes from block to block. Gradients
 * are those of an ordinary pass to the last bit, since the same operations run and their sums are taken in the same order (but for
 * models with several alignment projectors, where the order of one sum differs).
 *
 * <p>A {@linkplain #recomputing recomputing} pass keeps only the tokens between blocks and computes every block again on its way back
 * (activation checkpointing, Chen et al., 2016):
 *
 * {@snippet class="dev.mmgen.SnippetsTest" region="recomputed-pass"}
 *
 * <p>A {@linkplain #keeping keeping} pass takes the time and memory of an ordinary one. Either tells which parameters have their
 * gradients while the backward pass goes on, so that these can be exchanged meanwhile.
 */
public final class BlockwisePass implements VelocityModel, AutoCloseable {

    private final DiffusionTransformer model;
    private final @Nullable DType lower;
    private final boolean recomputes;
    private final List<Cut> inputs = new ArrayList<>();
    private @Nullable Cut condition;
    /** Of the time at which a flow map's step ends; the same as the condition where there is one time. */
    private @Nullable Cut ending;

    /** Where the graph is cut: what was computed so far, and the leaf that goes on from it. */
    private record Cut(@Nullable Tensor source, Tensor leaf) {

        /** Keeps the graph behind the source. */
        static Cut after(Tensor source) {
            return new Cut(source.unscoped(), leaf(source));
        }

        /** Forgets the graph behind the source; it is to be computed again. */
        static Cut leavingOut(Tensor source) {
            return new Cut(null, leaf(source));
        }

        private static Tensor leaf(Tensor source) {
            return source.detach().unscoped().requiresGrad(source.requiresGrad());
        }

        /** Sends what has arrived at the leaf on through a graph that ends in the source. */
        void sendOn(@Nullable Tensor end) {
            Tensor gradient = leaf.grad();
            if (end != null && gradient != null) {
                end.backward(gradient);
            }
        }

        void close() {
            leaf.close();
            if (source != null) {
                source.close();
            }
        }
    }

    private BlockwisePass(DiffusionTransformer model, @Nullable DType lower, boolean recomputes) {
        this.model = model;
        this.lower = lower;
        this.recomputes = recomputes;
    }

    /**
     * Begins a pass that computes blocks again in place of keeping their activations. It runs once.
     *
     * @param model stays the caller's
     * @param lower the type of the {@link Autocast} that the forward pass runs under; null for none
     */
    public static BlockwisePass recomputing(DiffusionTransformer model, @Nullable DType lower) {
        return new BlockwisePass(model, lower, true);
    }

    /**
     * Begins a pass that keeps activations. Of several runs the first is cut, and the others are ordinary.
     *
     * @param model stays the caller's
     */
    public static BlockwisePass keeping(DiffusionTransformer model) {
        return new BlockwisePass(model, null, false);
    }

    @Override
    public Inputs inputs() {
        return model.inputs();
    }

    @Override
    public Device device() {
        return model.device();
    }

    @Override
    public boolean isFlowMap() {
        return model.isFlowMap();
    }

    @Override
    public Tensor forward(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
        return runsAgain()
                ? model.forward(latents, times, labels, tasks)
                : run(latents, times, null, labels, tasks, false).velocity();
    }

    @Override
    public Tensor averageVelocity(Tensor latents, Tensor times, Tensor ends, Tensor labels, @Nullable Tensor tasks) {
        model.requireFlowMap();
        return runsAgain()
                ? model.averageVelocity(latents, times, ends, labels, tasks)
                : run(latents, times, ends, labels, tasks, false).velocity();
    }

    @Override
    public Prediction predict(Tensor latents, Tensor times, Tensor labels, @Nullable Tensor tasks) {
        return runsAgain()
                ? model.predict(latents, times, labels, tasks)
                : run(latents, times, null, labels, tasks, true);
    }

    private boolean runsAgain() {
        if (recomputes && condition != null) {
            throw new IllegalStateException("a pass that computes blocks again runs once; begin another one");
        }
        return condition != null;
    }

    private Prediction run(
            Tensor latents,
            Tensor times,
            @Nullable Tensor ends,
            Tensor labels,
            @Nullable Tensor tasks,
            boolean aligned) {
        try (TensorScope scope = TensorScope.open()) {
            Cut shared = Cut.after(model.embedCondition(times, labels, tasks));
            condition = shared;
            Cut last = ends == null ? shared : Cut.after(model.embedCondition(ends, labels, tasks));
            ending = last;
            inputs.add(Cut.after(model.embed(latents)));
            List<Tensor> projections = List.of();
            for (int i = 0; i < model.config().depth(); i++) {
                inputs.add(forward(i, model.seesEnd(i) ? last : shared));
                if (aligned && i + 1 == model.config().projectionDepth()) {
                    projections = model.project(inputs.getLast().leaf);
                    projections.forEach(scope::keep);
                }
            }
            return new Prediction(scope.keep(model.answer(inputs.getLast().leaf, last.leaf, latents)), projections);
        }
    }

    /** Gradients are recorded also where they are forgotten: without recording, other kernels would round differently. */
    private Cut forward(int block, Cut shared) {
        try (TensorScope _ = TensorScope.open()) {
            Tensor output = model.forwardBlock(block, inputs.get(block).leaf, shared.leaf);
            return recomputes ? Cut.leavingOut(output) : Cut.after(output);
        }
    }

    /**
     * Adds the gradients of a loss to those of the model's parameters. Call it once, outside of mixed precision.
     *
     * @param loss a scalar computed from what this pass returned
     */
    public void backward(Tensor loss) {
        backward(loss, _ -> {});
    }

    /**
     * Adds the gradients of a loss, and tells which are there.
     *
     * @param loss     a scalar computed from what this pass returned
     * @param complete is told of parameters whose gradients this pass does not change any more, in the same order for every model of
     *                 this shape, and of each parameter once
     * @see #backward(Tensor)
     */
    public void backward(Tensor loss, Consumer<List<Parameter>> complete) {
        Cut shared = condition;
        Cut last = ending;
        if (shared == null || last == null) {
            throw new IllegalStateException("a BlockwisePass goes backward after it went forward");
        }
        CompletionOrder order = CompletionOrder.of(model);
        loss.backward();
        complete.accept(order.behind());
        for (int i = model.config().depth() - 1; i >= 0; i--) {
            try (TensorScope _ = TensorScope.open()) {
                Cut output = inputs.get(i + 1);
                if (output.leaf.requiresGrad()) {
                    output.sendOn(recomputes ? again(i, model.seesEnd(i) ? last : shared) : output.source);
                }
                output.close();
            }
            complete.accept(order.blocks().get(i));
        }
        try (TensorScope _ = TensorScope.open()) {
            for (Cut cut :
                    last == shared ? List.of(inputs.getFirst(), shared) : List.of(inputs.getFirst(), shared, last)) {
                cut.sendOn(cut.source);
            }
        }
        complete.accept(order.before());
    }

    private Tensor again(int block, Cut shared) {
        Tensor input = inputs.get(block).leaf;
        return Autocast.computing(model.device().type(), lower, () -> model.forwardBlock(block, input, shared.leaf));
    }

    /** Frees what the pass kept. Closing twice has no effect. */
    @Override
    public void close() {
        inputs.forEach(Cut::close);
        if (condition != null) {
            condition.close();
        }
        if (ending != null && ending != condition) {
            ending.close();
        }
    }
}
