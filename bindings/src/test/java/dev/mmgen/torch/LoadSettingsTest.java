package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadSettingsTest {

    private final Map<String, String> properties =
            new HashMap<>(Map.of("user.home", "/home/ada", "os.name", "Linux", "os.arch", "amd64"));
    private final Map<String, String> environment = new HashMap<>();

    private LoadSettings settings() {
        return LoadSettings.of(properties::get, environment::get);
    }

    @Test
    void cachesInTheHomeFolderByDefault() {
        assertThat(settings().cacheFolder()).isEqualTo(Path.of("/home/ada/.cache/mmgen"));
    }

    @Test
    void prefersTheCachePropertyToXdgToHome() {
        environment.put("XDG_CACHE_HOME", "/var/xdg");
        assertThat(settings().cacheFolder()).isEqualTo(Path.of("/var/xdg/mmgen"));
        properties.put("mmgen.cache", "/fast/cache");
        assertThat(settings().cacheFolder()).isEqualTo(Path.of("/fast/cache"));
    }

    @Test
    void ignoresARelativeXdgFolder() {
        environment.put("XDG_CACHE_HOME", "cache");
        assertThat(settings().cacheFolder()).isEqualTo(Path.of("/home/ada/.cache/mmgen"));
    }

    @Test
    void asksForAFolderWhereThereIsNoHome() {
        properties.put("user.home", "?");
        assertThatThrownBy(() -> settings().cacheFolder())
                .isInstanceOf(LibtorchException.class)
                .hasMessageContaining("-Dmmgen.cache=");
    }

    @Test
    void countsEmptyValuesAsUnset() {
        properties.put("mmgen.libtorch", "");
        properties.put("mmgen.blas", " ");
        properties.put("mmgen.cache", "");
        environment.put("LIBTORCH", "");
        properties.put("mmgen.threads", "");
        environment.put("OMP_NUM_THREADS", " ");
        LoadSettings settings = settings();
        assertThat(settings.libtorchProperty()).isNull();
        assertThat(settings.libtorchVariable()).isNull();
        assertThat(settings.blas()).isNull();
        assertThat(settings.threadsProperty()).isNull();
        assertThat(settings.threadsVariable()).isNull();
        assertThat(settings.nnpack()).isFalse();
        assertThat(settings.cache()).isEqualTo(Path.of("/home/ada/.cache/mmgen"));
    }

    @Test
    void namesPlatformsAsTheJarsDo() {
        assertThat(settings().platform().name()).isEqualTo("linux-x86_64");
        properties.putAll(Map.of("os.name", "Mac OS X", "os.arch", "aarch64"));
        assertThat(settings().platform().name()).isEqualTo("macosx-arm64");
        properties.putAll(Map.of("os.name", "Windows 11", "os.arch", "amd64"));
        assertThat(settings().platform().name()).isEqualTo("windows-x86_64");
        properties.putAll(Map.of("os.name", "FreeBSD", "os.arch", "riscv64"));
        assertThat(settings().platform().name()).isEqualTo("freebsd-riscv64");
    }
}
