package dev.mmgen.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An exported network in ONNX Runtime at its fastest settings: all optimisations, inputs in native memory. */
final class OnnxPeer implements AutoCloseable {

    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();

    OnnxPeer(Path file, Map<String, Tensor> inputs, int threads) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            this.session = environment.createSession(file.toString(), options);
        }
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
            this.inputs.put(input.getKey(), nativeCopy(environment, input.getValue()));
        }
    }

    private static OnnxTensor nativeCopy(OrtEnvironment environment, Tensor tensor) throws OrtException {
        int bytes = Math.toIntExact(tensor.elements() * tensor.dtype().byteSize());
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        tensor.copyTo(buffer);
        long[] shape = tensor.shape().toArray();
        return tensor.dtype() == DType.INT64
                ? OnnxTensor.createTensor(environment, buffer.flip().asLongBuffer(), shape)
                : OnnxTensor.createTensor(environment, buffer.flip().asFloatBuffer(), shape);
    }

    /** Runs one pass and drops the result. */
    void run() throws OrtException {
        session.run(inputs).close();
    }

    /** Runs one pass and returns its result, row-major. */
    float[] result() throws OrtException {
        try (OrtSession.Result result = session.run(inputs)) {
            return ((OnnxTensor) result.get(0)).getFloatBuffer().array();
        }
    }

    /** Returns the error of a result relative to what it should be, both as RMS. */
    static double difference(Tensor expected, float[] actual) {
        float[] right = expected.toFloats();
        double error = 0;
        double power = 0;
        for (int i = 0; i < right.length; i++) {
            error += Math.pow(actual[i] - right[i], 2);
            power += Math.pow(right[i], 2);
        }
        return Math.sqrt(error / power);
    }

    @Override
    public void close() throws OrtException {
        inputs.values().forEach(OnnxTensor::close);
        session.close();
    }
}
