package dev.mmgen.fuzz;

import java.util.random.RandomGenerator;

/** A piece of the library under attack. One of these works on one thread and lives as long as its process. */
interface Target extends AutoCloseable {

    /** One input, made but not yet read. */
    interface Input {

        /** Reads the input, or makes the calls that it stands for. */
        void run() throws Exception;

        /** The input as a file, to be kept when it failed; empty where there is none. */
        byte[] bytes();

        /** The bytes of memory that the input may take beside what every input may: its length or the pixels it declares. */
        long declaredBytes();
    }

    /** Makes an input. The same state of the generator gives the same input. */
    Input draw(RandomGenerator random);

    /** Makes the input that a file of the corpus holds. */
    Input of(byte[] file);

    /** Returns true if a failure tells the user what to do: it is of the right type and names the file. */
    boolean isHelpful(Throwable failure);

    @Override
    void close();
}
