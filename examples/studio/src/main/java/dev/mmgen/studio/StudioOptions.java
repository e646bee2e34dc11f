package dev.mmgen.studio;

import dev.mmgen.MmGen;
import dev.mmgen.MmGenOptions;
import dev.mmgen.studio.limit.Limits;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Options of a studio. Start from {@link #DEFAULT}.
 *
 * @param address of the network to listen on; the loopback address unless there is a token
 * @param port    from 0 to 65,535; 0 for any free one
 * @param token   that every client must bring, 16 to 200 letters, digits, {@code -} and {@code _}; null for none
 * @param model   the location of the model to begin with: a folder, or {@code classpath:} and a name
 * @param models  a folder of model folders to switch to, to which lessons add; null for none
 * @param pictures a folder of folders with pictures to teach from; null for none
 * @param opening how models are opened
 * @param openModels how many stay open at once, those used last; 2 by default
 * @param limits  of requests
 */
public record StudioOptions(
        InetAddress address,
        int port,
        @Nullable String token,
        String model,
        @Nullable Path models,
        @Nullable Path pictures,
        MmGenOptions opening,
        int openModels,
        Limits limits) {

    // Before the constant, whose constructor needs it.
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{16,200}");

    /** The model in the box, for this machine alone, at port 8188. */
    public static final StudioOptions DEFAULT = new StudioOptions(
            InetAddress.getLoopbackAddress(),
            8188,
            null,
            MmGen.SHAPES,
            null,
            null,
            MmGenOptions.DEFAULT,
            2,
            Limits.DEFAULT);

    /**
     * @throws IllegalArgumentException if the port or token is of another kind, or the address is that of a network without a token
     */
    public StudioOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port is " + port + "; it must be from 0 to 65535");
        }
        if (openModels < 1) {
            throw new IllegalArgumentException(openModels + " open models; there must be at least 1");
        }
        if (token != null && !TOKEN.matcher(token).matches()) {
            throw new IllegalArgumentException(
                    "the token must be 16 to 200 letters, digits, '-' and '_', so that nobody guesses it");
        }
        if (!address.isLoopbackAddress() && token == null) {
            throw new IllegalArgumentException("the address " + address.getHostAddress()
                    + " is open to others than this machine; add a token, which they must bring");
        }
    }

    /** Returns these options with another address, for which there must be a token unless it is the loopback one. */
    public StudioOptions withAddress(InetAddress newAddress) {
        return new StudioOptions(newAddress, port, token, model, models, pictures, opening, openModels, limits);
    }

    /** Returns these options with another port; 0 for any free one. */
    public StudioOptions withPort(int newPort) {
        return new StudioOptions(address, newPort, token, model, models, pictures, opening, openModels, limits);
    }

    /** Returns these options with a token that every client must bring. */
    public StudioOptions withToken(@Nullable String newToken) {
        return new StudioOptions(address, port, newToken, model, models, pictures, opening, openModels, limits);
    }

    /** Returns these options with another model to begin with. */
    public StudioOptions withModel(String location) {
        return new StudioOptions(address, port, token, location, models, pictures, opening, openModels, limits);
    }

    /** Returns these options with a folder of model folders to switch to. */
    public StudioOptions withModels(@Nullable Path folder) {
        return new StudioOptions(address, port, token, model, folder, pictures, opening, openModels, limits);
    }

    /** Returns these options with a folder of folders with pictures to teach from. */
    public StudioOptions withPictures(@Nullable Path folder) {
        return new StudioOptions(address, port, token, model, models, folder, opening, openModels, limits);
    }

    /** Returns these options with another way to open models. */
    public StudioOptions withOpening(MmGenOptions options) {
        return new StudioOptions(address, port, token, model, models, pictures, options, openModels, limits);
    }

    /** Returns these options with another number of models that stay open: each takes the memory of its weights. */
    public StudioOptions withOpenModels(int most) {
        return new StudioOptions(address, port, token, model, models, pictures, opening, most, limits);
    }

    /** Returns these options with other limits. */
    public StudioOptions withLimits(Limits newLimits) {
        return new StudioOptions(address, port, token, model, models, pictures, opening, openModels, newLimits);
    }
}
