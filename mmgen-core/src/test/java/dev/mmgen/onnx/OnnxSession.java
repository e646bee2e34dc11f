package dev.mmgen.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An exported network in ONNX Runtime. */
final class OnnxSession implements AutoCloseable {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    OnnxSession(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(file.toString(), options);
        }
    }

    OrtSession session() {
        return session;
    }

    /** Returns the elements of every output, by name. */
    Map<String, float[]> run(Map<String, Tensor> inputs) throws OrtException {
        Map<String, OnnxTensor> arguments = new HashMap<>();
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
            arguments.put(input.getKey(), argument(input.getValue()));
        }
        try (OrtSession.Result result = session.run(arguments)) {
            Map<String, float[]> outputs = new HashMap<>();
            result.forEach(output -> outputs.put(
                    output.getKey(),
                    ((OnnxTensor) output.getValue()).getFloatBuffer().array()));
            return outputs;
        } finally {
            arguments.values().forEach(OnnxTensor::close);
        }
    }

    private OnnxTensor argument(Tensor tensor) throws OrtException {
        long[] shape = tensor.shape().toArray();
        return tensor.dtype() == DType.INT64
                ? OnnxTensor.createTensor(environment, LongBuffer.wrap(tensor.toLongs()), shape)
                : OnnxTensor.createTensor(environment, FloatBuffer.wrap(tensor.toFloats()), shape);
    }

    /** Asserts that the difference's RMS is at most 1e-4 of that of the right values. */
    static void assertClose(float[] actual, Tensor expected) {
        float[] right = expected.toFloats();
        assertThat(actual).hasSameSizeAs(right);
        double error = 0;
        double power = 0;
        for (int i = 0; i < right.length; i++) {
            error += Math.pow(actual[i] - right[i], 2);
            power += Math.pow(right[i], 2);
        }
        assertThat(power).isPositive();
        assertThat(Math.sqrt(error / power)).isLessThanOrEqualTo(1e-4);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
