package dev.mmgen.torch;

import java.io.Serializable;

/**
 * The place of a tensor's storage.
 *
 * @param type  the kind of device
 * @param index which one; -1 for the CPU
 */
public record Device(Type type, int index) implements Serializable {

    /** The kinds of device that this library uses. Codes are libtorch's {@code DeviceType} numbers. */
    public enum Type {
        /** The processor and main memory. */
        CPU(0),
        /** An NVIDIA GPU. */
        CUDA(1);

        private final int code;

        Type(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** The processor. */
    public static final Device CPU = new Device(Type.CPU, -1);

    /** Checks that the index fits the type. */
    public Device {
        if (type == Type.CPU ? index != -1 : index < 0 || index > 127) {
            throw new IllegalArgumentException("device index " + index + " does not fit " + type);
        }
    }

    /** Returns the GPU with this number, counted from 0. */
    public static Device cuda(int index) {
        return new Device(Type.CUDA, index);
    }

    /**
     * Reads {@code cpu}, {@code cuda} (the first GPU) or {@code cuda:1}.
     *
     * @throws IllegalArgumentException for any other text
     */
    public static Device parse(String text) {
        if (text.equals("cpu")) {
            return CPU;
        }
        if (text.equals("cuda")) {
            return cuda(0);
        }
        if (text.matches("cuda:\\d{1,3}")) {
            return cuda(Integer.parseInt(text.substring(5)));
        }
        throw new IllegalArgumentException("unknown device '" + text + "'; use cpu, cuda or cuda:N");
    }

    static Device of(int typeCode, int index) {
        return switch (typeCode) {
            case 0 -> CPU;
            case 1 -> cuda(Math.max(index, 0));
            default ->
                throw new TorchException(
                        "libtorch returned a tensor on device type " + typeCode + ", which this library does not know");
        };
    }

    /** Returns the text that {@link #parse} reads. */
    @Override
    public String toString() {
        return type == Type.CPU ? "cpu" : "cuda:" + index;
    }
}
