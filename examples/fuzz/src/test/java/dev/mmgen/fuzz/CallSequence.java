package dev.mmgen.fuzz;

import java.nio.ByteBuffer;

/**
 * An input that is a sequence of calls, all drawn from one seed; the seed is its file.
 *
 * @param seed  of the calls
 * @param calls the calls of a seed
 */
record CallSequence(long seed, Calls calls) implements Target.Input {

    /** The calls that a seed stands for. */
    interface Calls {
        void make(long seed) throws Exception;
    }

    static CallSequence of(byte[] file, Calls calls) {
        return new CallSequence(ByteBuffer.wrap(file).getLong(), calls);
    }

    @Override
    public void run() throws Exception {
        calls.make(seed);
    }

    @Override
    public byte[] bytes() {
        return ByteBuffer.allocate(Long.BYTES).putLong(seed).array();
    }

    @Override
    public long declaredBytes() {
        return 0;
    }
}
