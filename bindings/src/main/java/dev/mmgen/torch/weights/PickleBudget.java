package dev.mmgen.torch.weights;

/**
 * How much a pickle may build. Pickles can refer to earlier values, so a small one can otherwise ask for any amount of
 * memory or time. An official checkpoint of the largest model needs about a hundred thousand values.
 */
final class PickleBudget {

    private static final long MAX_VALUES = 4_000_000;

    private final PickleBytes in;
    private long left = MAX_VALUES;

    PickleBudget(PickleBytes in) {
        this.in = in;
    }

    void charge(long values) {
        left -= values;
        if (left < 0) {
            throw in.fail("the pickle builds more than " + MAX_VALUES + " values, far more than a checkpoint holds");
        }
    }
}
