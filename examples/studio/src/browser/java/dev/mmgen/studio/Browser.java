package dev.mmgen.studio;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The Chromium of the system. The property {@code mmgen.chromium} names another than the usual ones; with
 * {@code mmgen.pictures} every shot is also kept in that folder, to be looked at.
 */
final class Browser implements AutoCloseable {

    private static final String PICTURES = System.getProperty("mmgen.pictures", "");

    /** Milliseconds; drawing takes its time on a machine that others use, too. */
    private static final int TIMEOUT = 120_000;

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser chromium;

    /** The ways in which the page is looked at. */
    enum Look {
        WIDE_LIGHT(1280, 900, ColorScheme.LIGHT),
        WIDE_DARK(1280, 900, ColorScheme.DARK),
        PHONE_LIGHT(390, 844, ColorScheme.LIGHT),
        PHONE_DARK(390, 844, ColorScheme.DARK);

        private final int width;
        private final int height;
        private final ColorScheme colours;

        Look(int width, int height, ColorScheme colours) {
            this.width = width;
            this.height = height;
            this.colours = colours;
        }
    }

    Browser() {
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        chromium = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable())
                        .setArgs(List.of("--no-sandbox", "--enable-unsafe-swiftshader")));
    }

    private static Path executable() {
        return Stream.of(
                        System.getProperty("mmgen.chromium", ""),
                        "/usr/bin/chromium",
                        "/usr/bin/chromium-browser",
                        "/usr/bin/google-chrome")
                .filter(name -> !name.isEmpty())
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "there is no Chromium here: install the package chromium, or name it by -Dmmgen.chromium=FILE"));
    }

    /** Opens a page of its own, which shares nothing with others. */
    Page open(Look look, String address) {
        BrowserContext context = chromium.newContext(new NewContextOptions()
                .setViewportSize(look.width, look.height)
                .setColorScheme(look.colours)
                .setAcceptDownloads(true));
        context.setDefaultTimeout(TIMEOUT);
        Page page = context.newPage();
        page.navigate(address);
        page.waitForSelector("body[data-ready]");
        return page;
    }

    /** Keeps a picture of the page, where a folder for that is named. */
    static void shoot(Page page, String name) {
        if (!PICTURES.isEmpty()) {
            page.screenshot(new Page.ScreenshotOptions()
                    .setPath(Path.of(PICTURES, name + ".png"))
                    .setFullPage(true));
        }
    }

    /** Returns the faults of accessibility that axe calls serious or critical, with the elements that have them. */
    static List<?> faults(Page page) {
        try (InputStream axe = Browser.class.getResourceAsStream("/axe.min.js")) {
            page.evaluate(new String(Objects.requireNonNull(axe).readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (List<?>) page.evaluate("""
                async () => (await axe.run()).violations
                  .filter(rule => ['serious', 'critical'].includes(rule.impact))
                  .map(rule => rule.id + ': ' + rule.nodes.map(node => node.html).join(' | '))""");
    }

    @Override
    public void close() {
        chromium.close();
        playwright.close();
    }
}
