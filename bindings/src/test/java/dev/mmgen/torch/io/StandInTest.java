package dev.mmgen.torch.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StandInTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aPointerIsTold() {
        byte[] pointer = bytes("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n");
        assertThat(StandIn.of(pointer)).contains(StandIn.LFS_POINTER);
        assertThat(StandIn.LFS_POINTER.describe("the image"))
                .isEqualTo("a Git LFS pointer and not the image itself; fetch the file itself with 'git lfs pull'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "\ufeff \n<!DOCTYPE html><html><body>Sign in</body></html>", "<!doctype HTML>"})
    void aPageIsTold(String page) {
        assertThat(StandIn.of(bytes(page))).contains(StandIn.HTML_PAGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "version 2", "<svg></svg>"})
    void otherFilesAreNone(String text) {
        assertThat(StandIn.of(bytes(text))).isEmpty();
    }
}
