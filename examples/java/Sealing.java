import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;

/** The bytes: signing, sealing a section, wrapping keys, the parcel for the hub. Each step has a file of known answers. */
final class Sealing {
    static final SecureRandom RANDOM = new SecureRandom();
    private static final int CHUNK = 16 * 1024, TAG = 16;
    private static final MLKEMParameters MLKEM = MLKEMParameters.ml_kem_768;

    private Sealing() {}

    // -- bytes and their written forms

    static byte[] utf8(String text) { return text.getBytes(StandardCharsets.UTF_8); }

    static byte[] unhex(String text) { return HexFormat.of().parseHex(text); }

    static String hex(byte[] data) { return HexFormat.of().formatHex(data); }

    static String base64(byte[] data) { return Base64.getEncoder().encodeToString(data); }

    static byte[] base64url(String text) { return Base64.getUrlDecoder().decode(text); }

    static byte[] random(int length) {
        byte[] made = new byte[length];
        RANDOM.nextBytes(made);
        return made;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) all.writeBytes(part);
        return all.toByteArray();
    }

    static byte[] uint(long number, int size) {
        return Arrays.copyOfRange(ByteBuffer.allocate(8).putLong(number).array(), 8 - size, 8);
    }

    static byte[] hash(String algorithm, byte[]... parts) throws GeneralSecurityException {
        return MessageDigest.getInstance(algorithm).digest(join(parts));
    }

    static byte[] sha256(byte[]... parts) throws GeneralSecurityException { return hash("SHA-256", parts); }

    /** Label, 0x00, then each field after its length as uint16be: what sections, grants, answers are bound to. */
    static byte[] context(String label, byte[]... fields) {
        byte[] made = join(utf8(label), new byte[1]);
        for (byte[] field : fields) made = join(made, uint(field.length, 2), field);
        return made;
    }

    static String keyId(byte[] publicKey) throws GeneralSecurityException { return hex(sha256(publicKey)).substring(0, 32); }

    // -- signature.json: Ed25519 over the pre-authentication encoding (DSSE v1) of the header line

    static byte[] preAuthentication(byte[] line) {
        String kind = "application/vnd.caunoi.statement.v1+json";
        return join(utf8("DSSEv1 " + kind.length() + " " + kind + " " + line.length + " "), line);
    }

    static byte[] sign(byte[] privateKey, byte[] data) {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, new Ed25519PrivateKeyParameters(privateKey));
        signer.update(data, 0, data.length);
        return signer.generateSignature();
    }

    static boolean verify(byte[] publicKey, byte[] data, String signature) {
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(false, new Ed25519PublicKeyParameters(publicKey));
        signer.update(data, 0, data.length);
        return signer.verifySignature(Base64.getDecoder().decode(signature));
    }

    // -- section.json: padded (Padmé, at least 256 bytes), then Cobblestone-256 (c2sp.org/chunked-encryption)

    static int paddedLength(int length) {
        if (length <= 256) return 256;
        int exponent = 31 - Integer.numberOfLeadingZeros(length);
        int mask = (1 << (exponent - (32 - Integer.numberOfLeadingZeros(exponent)))) - 1;
        return (length + mask) & ~mask;
    }

    static byte[] pad(byte[] content) {
        return Arrays.copyOf(join(uint(content.length, 4), content), paddedLength(4 + content.length));
    }

    static byte[] sectionPlace(String caseId, String statement, String section, String author, long epoch) {
        return context("caunoi/1/section", unhex(caseId), unhex(statement), utf8(section), utf8(author), uint(epoch, 4));
    }

    static byte[] sealSection(byte[] content, byte[] key, byte[] place, byte[] salt) throws GeneralSecurityException {
        return join(new byte[] {1}, cobblestone(pad(content), key, place, salt));
    }

    static byte[] cobblestone(byte[] content, byte[] key, byte[] place, byte[] salt) throws GeneralSecurityException {
        byte[] derived = derive(key, place, salt), sealed = join(salt, Arrays.copyOfRange(derived, 44, 76));
        for (int at = 0, number = 0; at <= content.length; at += CHUNK, number++) {
            byte[] chunk = Arrays.copyOfRange(content, at, Math.min(at + CHUNK, content.length));
            sealed = join(sealed, gcm(Cipher.ENCRYPT_MODE, derived, number, chunk));
        }
        return sealed;
    }

    static byte[] openCobblestone(byte[] sealed, byte[] key, byte[] place) throws GeneralSecurityException {
        byte[] derived = derive(key, place, Arrays.copyOf(sealed, 24)), content = new byte[0];
        if (!MessageDigest.isEqual(Arrays.copyOfRange(sealed, 24, 56), Arrays.copyOfRange(derived, 44, 76)))
            throw new GeneralSecurityException("another key");
        for (int at = 56, number = 0; at < sealed.length; at += CHUNK + TAG, number++) {
            byte[] chunk = Arrays.copyOfRange(sealed, at, Math.min(at + CHUNK + TAG, sealed.length));
            content = join(content, gcm(Cipher.DECRYPT_MODE, derived, number, chunk));
        }
        return content;
    }

    private static byte[] derive(byte[] key, byte[] place, byte[] salt) throws GeneralSecurityException {
        byte[] label = utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");
        return expand("HmacSHA512", key, join(label, salt, place), 32 + 12 + 32);
    }

    /** AES-256-GCM with the key in the first 32 bytes and the nonce in the next 12, which the chunk's number changes. */
    private static byte[] gcm(int mode, byte[] derived, int number, byte[] data) throws GeneralSecurityException {
        byte[] nonce = Arrays.copyOfRange(derived, 32, 44), counted = uint(number, 4);
        for (int i = 0; i < 4; i++) nonce[8 + i] ^= counted[i];
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(derived, 0, 32, "AES"), new GCMParameterSpec(8 * TAG, nonce));
        return cipher.doFinal(data);
    }

    private static byte[] hmac(String algorithm, byte[] key, byte[]... parts) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, algorithm));
        return mac.doFinal(join(parts));
    }

    private static byte[] expand(String algorithm, byte[] key, byte[] info, int length) throws GeneralSecurityException {
        byte[] block = new byte[0], made = new byte[0];
        for (int number = 1; made.length < length; number++) {
            block = hmac(algorithm, key, block, info, uint(number, 1));
            made = join(made, block);
        }
        return Arrays.copyOf(made, length);
    }

    // -- grant.json: HPKE (RFC 9180, base mode, HKDF-SHA256, AES-256-GCM); suite 1 is X25519, suite 2 X-Wing

    static byte[] wrap(byte[] publicKey, byte[] plaintext, byte[] info) throws GeneralSecurityException {
        X25519PrivateKeyParameters ephemeral = new X25519PrivateKeyParameters(RANDOM);
        byte[] mine = ephemeral.generatePublicKey().getEncoded();
        byte[] theirs = Arrays.copyOfRange(publicKey, publicKey.length - 32, publicKey.length);
        byte[] agreed = agree(ephemeral, theirs);
        if (publicKey.length == 32)
            return join(new byte[] {1}, mine, hpke(Cipher.ENCRYPT_MODE, 0x20, dhkem(agreed, mine, theirs), info, plaintext));
        byte[] mlkem = Arrays.copyOf(publicKey, publicKey.length - 32);
        var sent = new MLKEMGenerator(RANDOM).generateEncapsulated(new MLKEMPublicKeyParameters(MLKEM, mlkem));
        byte[] shared = xwing(sent.getSecret(), agreed, mine, theirs);
        return join(new byte[] {2}, sent.getEncapsulation(), mine, hpke(Cipher.ENCRYPT_MODE, 0x647A, shared, info, plaintext));
    }

    static byte[] unwrap(byte[] privateKey, byte[] wrapped, byte[] info) throws GeneralSecurityException {
        int mlkem = wrapped[0] == 1 ? 0 : 1088, end = 1 + mlkem + 32;
        var own = new X25519PrivateKeyParameters(privateKey, privateKey.length - 32);
        byte[] mine = own.generatePublicKey().getEncoded(), theirs = Arrays.copyOfRange(wrapped, 1 + mlkem, end);
        byte[] agreed = agree(own, theirs), sealed = Arrays.copyOfRange(wrapped, end, wrapped.length);
        if (mlkem == 0) return hpke(Cipher.DECRYPT_MODE, 0x20, dhkem(agreed, theirs, mine), info, sealed);
        var seed = new MLKEMPrivateKeyParameters(MLKEM, Arrays.copyOf(privateKey, 64));
        byte[] secret = new MLKEMExtractor(seed).extractSecret(Arrays.copyOfRange(wrapped, 1, 1 + mlkem));
        return hpke(Cipher.DECRYPT_MODE, 0x647A, xwing(secret, agreed, theirs, mine), info, sealed);
    }

    private static byte[] agree(X25519PrivateKeyParameters own, byte[] theirs) {
        byte[] agreed = new byte[32];
        own.generateSecret(new X25519PublicKeyParameters(theirs), agreed, 0);
        return agreed;
    }

    private static byte[] dhkem(byte[] agreed, byte[] enc, byte[] receiver) throws GeneralSecurityException {
        byte[] suite = join(utf8("KEM"), uint(0x20, 2));
        return labelled(suite, extract(suite, new byte[0], "eae_prk", agreed), "shared_secret", join(enc, receiver), 32);
    }

    private static byte[] xwing(byte[] mlkem, byte[] agreed, byte[] enc, byte[] receiver) throws GeneralSecurityException {
        return hash("SHA3-256", mlkem, agreed, enc, receiver, utf8("\\.//^\\"));
    }

    private static byte[] hpke(int mode, int kem, byte[] shared, byte[] info, byte[] data) throws GeneralSecurityException {
        byte[] suite = join(utf8("HPKE"), uint(kem, 2), uint(1, 2), uint(2, 2)), none = new byte[0];
        byte[] context = join(new byte[1], extract(suite, none, "psk_id_hash", none), extract(suite, none, "info_hash", info));
        byte[] secret = extract(suite, shared, "secret", none);
        byte[] key = labelled(suite, secret, "key", context, 32), nonce = labelled(suite, secret, "base_nonce", context, 12);
        return gcm(mode, join(key, nonce), 0, data);
    }

    private static byte[] extract(byte[] suite, byte[] salt, String label, byte[] data) throws GeneralSecurityException {
        return hmac("HmacSHA256", salt, utf8("HPKE-v1"), suite, utf8(label), data);
    }

    private static byte[] labelled(byte[] suite, byte[] key, String label, byte[] info, int length)
            throws GeneralSecurityException {
        return expand("HmacSHA256", key, join(uint(length, 2), utf8("HPKE-v1"), suite, utf8(label), info), length);
    }

    // -- the list of a grant with one data key, and what a grant of it is bound to

    static byte[] keyList(String section, String author, long epoch) {
        byte[] name = join(uint(section.length(), 1), utf8(section), uint(author.length(), 1), utf8(author));
        return join(uint(1, 2), name, uint(epoch, 4));
    }

    static byte[] grantPlace(String caseId, String giver, String grantee, String kid, String ground, byte[] list)
            throws GeneralSecurityException {
        return context("caunoi/1/grant", unhex(caseId), utf8(giver), utf8(grantee), unhex(kid), utf8(ground), sha256(list));
    }

    // -- message.json: the submission sealed for the hub's key of the day; partition.json: where it lies

    static byte[] sealSubmission(byte[] submission, String topic, String statement, byte[] publicKey)
            throws GeneralSecurityException {
        byte[] kid = unhex(keyId(publicKey)), place = context("caunoi/1/submission", utf8(topic), unhex(statement), kid);
        byte[] key = random(32), wrapped = wrap(publicKey, key, place);
        return join(new byte[] {1}, kid, uint(wrapped.length, 2), wrapped, cobblestone(submission, key, place, random(24)));
    }

    static int partition(String key, int partitions) throws GeneralSecurityException {
        byte[] first = Arrays.copyOf(sha256(utf8(key)), 8);
        return new BigInteger(1, first).mod(BigInteger.valueOf(partitions)).intValue();
    }

    // -- case-code.json: mã hồ sơ, nine symbols and a check symbol

    static String caseCode(byte[] random) {
        String alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXY";
        BigInteger number = new BigInteger(1, random), base = BigInteger.valueOf(31);
        StringBuilder code = new StringBuilder("HS-");
        int check = 0;
        for (int weight = 1; weight <= 9; weight++, number = number.divide(base)) {
            int symbol = number.mod(base).intValue();
            check += weight * symbol;
            code.append(alphabet.charAt(symbol)).append(weight == 5 ? "-" : "");
        }
        return code.append(alphabet.charAt(check % 31)).toString();
    }
}
