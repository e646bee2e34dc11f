package dev.mmgen.fuzz;

import dev.mmgen.torch.Torch;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/** A target with every fault that does not end the process; the first byte of an input chooses. */
final class FaultyTarget implements Target {

    public static void main(String[] arguments) {
        Fuzzing.prepare();
        List<byte[]> inputs = List.of(new byte[] {0}, new byte[] {1}, new byte[] {2}, new byte[] {3}, new byte[] {4});
        System.exit(Fuzzing.replay("FAULTY", new FaultyTarget(), inputs, Path.of("fuzz")) == 0 ? 0 : 1);
    }

    private static void fail(int fault) {
        switch (fault) {
            case 0 -> Math.floorMod(1, fault);
            case 1 -> {
                byte[] large = new byte[128 << 20];
                large[0] = 1;
            }
            case 2 -> Torch.ones(2);
            case 3 -> throw new IllegalArgumentException("helpful", new StackOverflowError());
            default -> {
                ThreadMXBean threads = ManagementFactory.getThreadMXBean();
                long end = threads.getCurrentThreadCpuTime() + 2_100_000_000L;
                while (threads.getCurrentThreadCpuTime() < end) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Override
    public Input draw(RandomGenerator random) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Input of(byte[] file) {
        return new Input() {
            @Override
            public void run() {
                fail(file[0]);
            }

            @Override
            public byte[] bytes() {
                return new byte[0];
            }

            @Override
            public long declaredBytes() {
                return 0;
            }
        };
    }

    @Override
    public boolean isHelpful(Throwable failure) {
        return failure instanceof IllegalArgumentException;
    }

    @Override
    public void close() {}
}
