package io.podstamp.token;

import static java.math.BigInteger.TWO;
import static java.math.BigInteger.ZERO;

import java.math.BigInteger;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;

/// The curve of ES256, as far as the JDK does not tell it: the public point of a private number. A
/// PKCS #8 file need not have it, and the JDK does not read it where it does. For keys that are
/// loaded, not for signing: it takes milliseconds, and longer for some numbers than for others.
final class P256 {
  private static final int BITS = 256;
  private static final BigInteger THREE = BigInteger.valueOf(3);

  private P256() {}

  /// Whether these are the curve's parameters.
  static boolean isCurve(ECParameterSpec parameters) {
    return parameters.getCurve().getField().getFieldSize() == BITS
        && parameters.getCurve().equals(curve())
        && parameters.getGenerator().equals(generator());
  }

  /// FIPS 186-4, appendix D.1.2.3.
  private static EllipticCurve curve() {
    BigInteger prime = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    return new EllipticCurve(
        new ECFieldFp(prime),
        prime.subtract(THREE),
        hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"));
  }

  private static ECPoint generator() {
    return new ECPoint(
        hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
  }

  private static BigInteger hex(String digits) {
    return new BigInteger(digits, 16);
  }

  /// The public point: the generator, so many times.
  static ECPoint publicPoint(BigInteger secret, ECParameterSpec parameters) {
    BigInteger prime = ((ECFieldFp) parameters.getCurve().getField()).getP();
    BigInteger a = parameters.getCurve().getA();
    ECPoint sum = ECPoint.POINT_INFINITY;
    for (int bit = secret.bitLength() - 1; bit >= 0; bit--) {
      sum = add(sum, sum, prime, a);
      if (secret.testBit(bit)) {
        sum = add(sum, parameters.getGenerator(), prime, a);
      }
    }
    return sum;
  }

  private static ECPoint add(ECPoint p, ECPoint q, BigInteger prime, BigInteger a) {
    if (p.equals(ECPoint.POINT_INFINITY)) {
      return q;
    }
    if (q.equals(ECPoint.POINT_INFINITY)) {
      return p;
    }
    BigInteger x = p.getAffineX();
    BigInteger y = p.getAffineY();
    boolean same = x.equals(q.getAffineX());
    if (same && y.add(q.getAffineY()).mod(prime).equals(ZERO)) {
      return ECPoint.POINT_INFINITY;
    }
    BigInteger rise = same ? THREE.multiply(x.pow(2)).add(a) : q.getAffineY().subtract(y);
    BigInteger run = same ? TWO.multiply(y) : q.getAffineX().subtract(x);
    BigInteger slope = rise.multiply(run.modInverse(prime)).mod(prime);
    BigInteger sumX = slope.pow(2).subtract(x).subtract(q.getAffineX()).mod(prime);
    return new ECPoint(sumX, slope.multiply(x.subtract(sumX)).subtract(y).mod(prime));
  }
}
