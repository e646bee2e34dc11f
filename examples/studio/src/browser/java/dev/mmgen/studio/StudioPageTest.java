package dev.mmgen.studio;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import dev.mmgen.image.ImageFormat;
import dev.mmgen.image.RgbImage;
import dev.mmgen.npy.NpyArray;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.Split;
import dev.mmgen.studio.Browser.Look;
import dev.mmgen.testkit.RandomModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every flow of the page, with the model in the box, in the browser that people use. */
class StudioPageTest {

    private static final List<String> VIEWS =
            List.of("draw", "see", "condition", "inpaint", "space", "gallery", "teach", "models");

    @TempDir
    static Path folder;

    private static Studio studio;
    private static Browser browser;

    private final List<String> errors = new ArrayList<>();
    private Page page;

    @BeforeAll
    static void start() {
        RandomModel.make(folder);
        pictures(folder.resolve("pictures/edges"));
        studio = Studio.start(
                StudioOptions.DEFAULT.withPort(0).withModels(folder).withPictures(folder.resolve("pictures")));
        browser = new Browser();
    }

    /** Writes photos, and in place of what people would draw for them, their negatives. */
    private static void pictures(Path target) {
        for (int i = 0; i < 12; i++) {
            RgbImage photo = ShapesWorld.render(ShapesWorld.FIRST.scene(Split.TRAIN.seed(i)), 64, 64)
                    .rgb();
            byte[] levels = photo.rgb();
            for (int k = 0; k < levels.length; k++) {
                levels[k] = (byte) ~levels[k];
            }
            photo.write(target.resolve("rgb/" + i + ".png"));
            RgbImage.of(64, 64, levels).write(target.resolve("negative/" + i + ".png"));
        }
    }

    @AfterAll
    static void close() {
        browser.close();
        studio.close();
    }

    @BeforeEach
    void open() {
        page = open(Look.WIDE_LIGHT);
    }

    private Page open(Look look) {
        Page opened = browser.open(look, studio.page().toString());
        opened.onPageError(errors::add);
        opened.onConsoleMessage(message -> {
            // A refused request is also said there; the page tells of it where people look.
            if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
                errors.add(message.text());
            }
        });
        return opened;
    }

    @AfterEach
    void nothingWentWrongUnseen() {
        page.context().close();
        assertThat(errors).isEmpty();
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(name).setExact(true))
                .locator("visible=true");
    }

    private static Locator view(Page page, String name) {
        Locator link = page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
        link.click();
        // The browser tells of the new address later; until then the view before is visible.
        assertThat(link).hasAttribute("aria-current", "page");
        return page.locator("main > :visible");
    }

    private static FilePayload photo() {
        return new FilePayload("room.png", "image/png", RandomModel.photo().encoded(ImageFormat.PNG));
    }

    /** Draws an image, and returns its card. */
    private static Locator drawn(Page page, int seed) {
        view(page, "Draw").locator("input[name=seed]").fill(Integer.toString(seed));
        page.locator("select[name=category] >> visible=true").selectOption("torus");
        button(page, "Draw").click();
        Locator scene = page.locator(
                        "article.scene:visible", new Page.LocatorOptions().setHasText("Seed " + seed + ","))
                .first();
        scene.waitFor();
        return scene;
    }

    @Test
    void thePageShowsPreviewsUntilTheImageIsDrawn() {
        long began = System.nanoTime();
        page.navigate(studio.page().toString());
        page.waitForSelector("body[data-ready]");
        Duration ready = Duration.ofNanos(System.nanoTime() - began);
        // Long enough for a preview to be seen: eight steps are drawn before a busy browser shows one.
        view(page, "Draw").locator("input[name=steps]").fill("100");
        button(page, "Draw").click();
        long asked = System.nanoTime();
        page.waitForSelector(".making img");
        Duration preview = Duration.ofNanos(System.nanoTime() - asked);
        System.out.println("page ready in " + ready.toMillis() + " ms, first preview in " + preview.toMillis() + " ms");
        page.waitForSelector("article.scene");
        assertThat(page.locator("article.scene img")).hasCount(4);
        assertThat(page.locator(".making img")).hasCount(0);
    }

    @Test
    void anImageCanBeDrawnAgainAndVaried() {
        Locator scene = drawn(page, 7);
        Browser.shoot(page, "draw");
        assertThat(scene.locator("img")).hasCount(4);
        scene.getByText("Settings").click();
        assertThat(scene.locator("dl")).containsText("ancestral");
        byte[] before = bytes(page, scene, "rgb.png");
        scene.getByText("Vary").click();
        assertThat(page.locator("article.scene:visible")).hasCount(5);
        Browser.shoot(page, "vary");
        page.locator("article.scene:visible").last().getByText("Draw again").click();
        assertThat(page.locator("article.scene:visible")).hasCount(6);
        Locator again = page.locator("article.scene:visible").first();
        assertThat(bytes(page, again, "rgb.png")).isEqualTo(before);
    }

    private static byte[] bytes(Page page, Locator scene, String file) {
        scene.locator("details").first().evaluate("details => details.open = true");
        Download download =
                page.waitForDownload(() -> scene.getByText(file, new Locator.GetByTextOptions().setExact(true))
                        .click());
        try {
            return Files.readAllBytes(download.path());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void imagesAreDownloadedInAllForms() {
        Locator scene = drawn(page, 8);
        assertThat(new String(bytes(page, scene, "all.zip"), 0, 2, StandardCharsets.US_ASCII))
                .isEqualTo("PK");
        assertThat(new String(bytes(page, scene, "depth.npy"), 1, 5, StandardCharsets.US_ASCII))
                .isEqualTo("NUMPY");
        assertThat(new String(bytes(page, scene, "scene.glb"), 0, 4, StandardCharsets.US_ASCII))
                .isEqualTo("glTF");
        assertThat(bytes(page, scene, "depth.16.png")[24]).as("bits of a level").isEqualTo((byte) 16);
    }

    @Test
    void drawingIsCancelledBetweenTwoSteps() {
        view(page, "Draw").locator("input[name=steps]").fill("1000");
        button(page, "Draw").click();
        page.waitForSelector(".making img");
        button(page, "Cancel").click();
        assertThat(page.getByText("Cancelled.")).isVisible();
        assertThat(page.locator("article.scene")).hasCount(0);
        assertThat(button(page, "Draw")).isEnabled();
    }

    @Test
    void twoTabsHavePlacesInTheQueue() {
        view(page, "Draw").locator("input[name=steps]").fill("1000");
        button(page, "Draw").click();
        page.waitForSelector(".making img");
        try (Page other = open(Look.WIDE_LIGHT)) {
            button(other, "Draw").click();
            assertThat(other.getByText("Next in the queue.")).isVisible();
            button(page, "Cancel").click();
            other.waitForSelector("article.scene");
        }
    }

    @Test
    void aPhotoIsReadWithItsNumbersAndUncertainty() {
        Locator see = view(page, "See");
        see.locator("input[name=ensemble]").fill("3");
        see.locator("input[type=file]").setInputFiles(photo());
        Locator canvas = see.locator(".seen canvas");
        canvas.waitFor();
        canvas.hover();
        assertThat(see.locator("output")).containsText("depth 0.");
        assertThat(see.locator("output")).containsText("uncertainty");
        Object before = canvas.evaluate("canvas => canvas.toDataURL()");
        see.getByLabel("Uncertainty").check();
        page.waitForTimeout(200);
        assertThat(canvas.evaluate("canvas => canvas.toDataURL()")).isNotEqualTo(before);
        see.locator("select[name=shown]").selectOption("normal");
        canvas.hover();
        assertThat(see.locator("output")).containsText("towards you");
        Browser.shoot(page, "see");
    }

    @Test
    void aWrongFileIsToldOf() {
        view(page, "See")
                .locator("input[type=file]")
                .setInputFiles(
                        new FilePayload("notes.png", "image/png", "these are notes".getBytes(StandardCharsets.UTF_8)));
        assertThat(page.locator("#notice")).containsText("'rgb'");
        Browser.shoot(page, "wrong-file");
    }

    @Test
    void aPhotoOf40MegapixelsIsRead() throws IOException {
        Path file = folder.resolve("large.jpg");
        RandomModel.photo()
                .resize(7300, 5480, dev.mmgen.image.Resampling.BILINEAR)
                .write(file);
        Locator see = view(page, "See");
        see.locator("select[name=fit]").selectOption("pad");
        see.locator("input[type=file]").setInputFiles(file);
        see.locator(".seen canvas").waitFor();
        assertThat((int) see.locator(".seen canvas").evaluate("canvas => canvas.width * canvas.height"))
                .isBetween(1_000_000, 1 << 20);
    }

    /** A slope as a depth camera's program writes it. */
    private static byte[] metres() {
        float[] metres = new float[64 * 64];
        for (int i = 0; i < metres.length; i++) {
            metres[i] = 1 + i / 64 / 32f;
        }
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        try {
            NpyArray.of(metres, 64, 64).write(array);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return array.toByteArray();
    }

    @Test
    void keptImagesAreConditionsForFourOthers() {
        Locator scene = drawn(page, 9);
        scene.getByText("Keep").click();
        assertThat(scene.getByText("Kept")).isVisible();
        Locator gallery = view(page, "Gallery");
        assertThat(gallery.locator("article.scene").first()).containsText("Seed 9");
        Browser.shoot(page, "gallery");
        Locator condition = view(page, "Condition");
        condition
                .getByLabel("From the gallery")
                .selectOption(new com.microsoft.playwright.options.SelectOption().setIndex(1));
        assertThat(condition.locator("[data-modality=depth] img")).isVisible();
        condition.locator("[data-modality=normal]").getByText("Leave out").click();
        condition
                .locator("[data-modality=depth] input[type=file]")
                .setInputFiles(new FilePayload("camera.npy", "application/octet-stream", metres()));
        assertThat(condition.locator("[data-modality=depth]")).containsText("Given by camera.npy");
        assertThat(condition.locator("[data-modality=depth] img")).isHidden();
        condition.getByLabel("Depth files").selectOption("distance");
        condition.locator("[data-modality=segmentation]").getByText("Paint").click();
        // Eight usual colours, and those of the segments that were given.
        condition
                .locator("[data-modality=segmentation] .swatches button")
                .nth(9)
                .click();
        Locator canvas = condition.locator("[data-modality=segmentation] canvas[tabindex]");
        canvas.click();
        button(page, "Draw to fit").click();
        assertThat(page.locator("article.scene:visible")).hasCount(4);
        Browser.shoot(page, "condition");
        view(page, "Gallery").getByText("Remove").first().click();
    }

    @Test
    void aRegionIsDrawnAnewInAllModalities() {
        Locator scene = drawn(page, 10);
        scene.getByText("Inpaint").click();
        Locator canvas = page.locator(".paint canvas[tabindex]:visible");
        canvas.waitFor();
        assertThat(button(page, "Draw the region anew")).isDisabled();
        page.getByLabel("Painted on").first().selectOption("depth");
        canvas.focus();
        for (int i = 0; i < 6; i++) {
            page.keyboard().press("Space");
            page.keyboard().press("ArrowRight");
        }
        Browser.shoot(page, "inpaint");
        button(page, "Draw the region anew").click();
        Locator changed = page.locator("article.scene:visible").first();
        changed.waitFor();
        RgbImage after = RgbImage.read(bytes(page, changed, "rgb.png"));
        view(page, "Draw");
        RgbImage before = RgbImage.read(bytes(page, scene, "rgb.png"));
        assertThat(after.pixel(2, 2)).isEqualTo(before.pixel(2, 2));
        assertThat(after).isNotEqualTo(before);
    }

    @Test
    void aSceneIsTurnedAndLitIn3D() {
        drawn(page, 11).getByText("In 3D").click();
        page.waitForSelector(".stage[data-shown]");
        assertThat(page.getByText("triangles.")).isVisible();
        Locator stage = page.locator(".stage canvas");
        Object before = stage.evaluate("canvas => canvas.toDataURL()");
        Browser.shoot(page, "space");
        page.getByLabel("Light it anew").check();
        Object lit = stage.evaluate("canvas => canvas.toDataURL()");
        assertThat(lit).isNotEqualTo(before);
        stage.hover();
        page.mouse().down();
        page.mouse().move(900, 300);
        page.mouse().up();
        assertThat(stage.evaluate("canvas => canvas.toDataURL()")).isNotEqualTo(lit);
        Browser.shoot(page, "space-lit");
    }

    @Test
    void modelsAreSwitchedAndTheDoctorReports() {
        Locator models = view(page, "Models");
        assertThat(models.locator("pre")).containsText("libtorch");
        Browser.shoot(page, "models");
        button(page, "Use").first().click();
        view(page, "Draw");
        button(page, "Draw").click();
        Locator scene = page.locator("article.scene:visible").first();
        scene.getByText("Settings").click();
        assertThat(scene.locator("dl")).containsText("Modelmodel");
        assertThat(page.locator("#model")).hasValue("model");
    }

    @Test
    void aModalityIsTaughtStoppedAndTaughtOn() {
        page.locator("#model").selectOption("model");
        Locator teach = view(page, "Teach");
        teach.locator("select[name=pictures]").selectOption("edges");
        teach.locator("input[name=name]").fill("model-negative");
        teach.locator("input[name=modality]").fill("negative");
        teach.locator("input[name=steps]").fill("40");
        button(page, "Begin").click();
        assertThat(teach.locator("canvas")).isVisible();
        button(page, "Stop").click();
        Locator state = teach.locator("[role=status]");
        assertThat(state).containsText(Pattern.compile("Stopped after step \\d|Done"));
        button(page, "Begin").click();
        assertThat(state).containsText("Done: model-negative is among the models.");
        assertThat(teach.getByText("mean difference").first()).isVisible();
        Browser.shoot(page, "teach");
        assertThat(page.locator("#model")).containsText("model-negative");
    }

    @Test
    void aServerThatDiesIsToldOf() {
        try (Studio mortal = Studio.start(StudioOptions.DEFAULT.withPort(0))) {
            page.navigate(mortal.page().toString());
            page.waitForSelector("body[data-ready]");
            view(page, "Draw").locator("input[name=steps]").fill("1000");
            button(page, "Draw").click();
            page.waitForSelector(".making img");
        }
        assertThat(page.locator("#notice, [role=status]")
                        .locator("visible=true")
                        .first())
                .isVisible();
        button(page, "Draw").click();
        assertThat(page.locator("#notice")).containsText("Is it still running?");
        assertThat(button(page, "Draw")).isEnabled();
    }

    @ParameterizedTest
    @EnumSource(Look.class)
    void noViewHasASeriousFaultOfAccessibility(Look look) {
        try (Page looked = open(look)) {
            drawn(looked, 12);
            for (String name : VIEWS) {
                looked.evaluate("name => location.hash = name", name);
                looked.waitForTimeout(300);
                Browser.shoot(looked, name + "-" + look);
                assertThat(Browser.faults(looked)).as(name).isEmpty();
                assertThat((boolean) looked.evaluate(
                                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                        .as(name + " fits the width")
                        .isTrue();
            }
        }
    }
}
