package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that a communicator refuses before NCCL sees them, by the library that stands in for NCCL. */
@Timeout(60)
class NcclCommunicatorTest {

    private final TensorScope scope = TensorScope.open();

    @BeforeEach
    void open() {
        StandInNccl.open();
        Nccl.release();
    }

    @AfterEach
    void freeTensors() {
        scope.close();
    }

    private static NcclCommunicator alone() {
        return new NcclCommunicator(Device.CPU, Nccl.newId(), 0, 1, Duration.ofSeconds(10), () -> {});
    }

    @Test
    void sharesThatDoNotMakeTheWholeAreRefused() {
        try (NcclCommunicator communicator = alone()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> communicator.allGather(Torch.zeros(5), Torch.zeros(4)))
                    .withMessageContaining("shares of float32[4] of 1 ranks do not make float32[5]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> communicator.allGather(
                            Torch.zeros(4), Torch.zeros(4).to(DType.FLOAT64)))
                    .withMessageContaining("shares of float64[4]");
        }
    }

    @Test
    void typesAndRootsThatThereAreNotAreRefused() {
        try (NcclCommunicator communicator = alone()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> communicator.allReduce(Torch.zeros(4).to(DType.INT32), false))
                    .withMessageContaining("not int32; convert the tensor");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> communicator.broadcast(Torch.zeros(4), 1))
                    .withMessageContaining("rank 1 of 1 cannot broadcast");
        }
    }

    @Test
    void aTensorThatIsNotRowMajorIsRefused() {
        try (NcclCommunicator communicator = alone()) {
            Tensor columns = Torch.zeros(2, 3).transpose(0, 1);
            assertThatThrownBy(() -> communicator.allReduce(columns, false))
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("not row-major");
        }
    }

    @Test
    void autogradIsToldOfWhatIsWritten() {
        try (NcclCommunicator communicator = alone()) {
            Tensor weight = Torch.ones(3).requiresGrad(true);
            Tensor factor = Torch.ones(3);
            Tensor loss = weight.mul(factor).sum();
            communicator.allReduce(factor, false).await(Duration.ofSeconds(5));
            assertThatThrownBy(loss::backward)
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining("modified by an inplace operation");
        }
    }

    @Test
    void whatIsClosedIsAnException() {
        NcclCommunicator communicator = alone();
        Carrier.Exchange exchange = communicator.allReduce(Torch.ones(1_000_000), false);
        communicator.close();
        communicator.close();
        communicator.abort();
        assertThatThrownBy(() -> exchange.await(Duration.ofSeconds(5)))
                .isInstanceOf(TorchException.class)
                .hasMessageContaining("are closed");
        assertThatThrownBy(() -> communicator.broadcast(Torch.ones(3), 0))
                .isInstanceOf(TorchException.class)
                .hasMessageContaining("NCCL: broadcast: the connections of cpu are closed");
    }

    @Test
    void anIdentifierOfAnotherLengthIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new NcclCommunicator(Device.CPU, "00ff", 0, 1, Duration.ofSeconds(10), () -> {}).close())
                .withMessageContaining("an identifier of 2 bytes; it must have 128");
        assertThat(Nccl.newId()).hasSize(256);
    }
}
