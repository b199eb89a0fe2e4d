#include "dtls.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

enum { MTU = 1200, CERTIFICATE_DAYS = 30, MAX_KEYING_MATERIAL = 2 * (32 + 14) };

/* In the order of Chromium, whose list decides where the browser is the DTLS server. */
static const char PROFILES[] = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM";
/* RFC 5764 section 4.2. */
static const char LABEL[] = "EXTRACTOR-dtls_srtp";

static SSL_CTX *context;

static void write_fingerprint(X509 *certificate, char out[FINGERPRINT_SIZE]) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  for (unsigned i = 0; i < size; i++) snprintf(out + 3 * i, 4, "%02X%s", digest[i], i + 1 < size ? ":" : "");
}

static X509 *make_certificate(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  if (!certificate) return NULL;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 60 * 60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_DAYS * 24L * 60 * 60);
  X509_set_pubkey(certificate, key);
  X509_NAME *name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"load", -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  return certificate;
}

/* Certificates are signed by themselves: the fingerprint is what is checked. */
static int accept_certificate(int preverified, X509_STORE_CTX *store) {
  (void)preverified, (void)store;
  return 1;
}

bool dtls_prepare(char fingerprint[FINGERPRINT_SIZE]) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = key ? make_certificate(key) : NULL;
  context = SSL_CTX_new(DTLS_method());
  if (!certificate || !context) return false;
  SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_certificate);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  write_fingerprint(certificate, fingerprint);
  /* This one function answers 0 when it went well. */
  return SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(context, PROFILES) == 0;
}

bool dtls_open(Dtls *dtls, bool is_client) {
  dtls->ssl = SSL_new(context);
  dtls->in = BIO_new(BIO_s_mem());
  dtls->out = BIO_new(BIO_s_mem());
  if (!dtls->ssl || !dtls->in || !dtls->out) return false;
  BIO_set_mem_eof_return(dtls->in, -1);
  BIO_set_mem_eof_return(dtls->out, -1);
  SSL_set_bio(dtls->ssl, dtls->in, dtls->out);
  SSL_set_mtu(dtls->ssl, MTU);
  if (is_client) SSL_set_connect_state(dtls->ssl);
  else SSL_set_accept_state(dtls->ssl);
  return true;
}

void dtls_close(Dtls *dtls) {
  SSL_free(dtls->ssl);
  *dtls = (Dtls){0};
}

DtlsState dtls_handshake(Dtls *dtls, const uint8_t *bytes, size_t size) {
  if (size > 0) BIO_write(dtls->in, bytes, (int)size);
  int result = SSL_do_handshake(dtls->ssl);
  if (result == 1) return DTLS_CONNECTED;
  int error = SSL_get_error(dtls->ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? DTLS_HANDSHAKING : DTLS_FAILED;
}

void dtls_check_timeout(Dtls *dtls) { DTLSv1_handle_timeout(dtls->ssl); }

size_t dtls_take_output(Dtls *dtls, uint8_t *out, size_t limit) {
  int size = BIO_read(dtls->out, out, (int)limit);
  return size > 0 ? (size_t)size : 0;
}

bool dtls_has_fingerprint(const Dtls *dtls, const char *fingerprint) {
  char found[FINGERPRINT_SIZE];
  X509 *certificate = SSL_get0_peer_certificate(dtls->ssl);
  if (!certificate) return false;
  write_fingerprint(certificate, found);
  return strcasecmp(found, fingerprint) == 0;
}

static bool set_policy(srtp_policy_t *policy, unsigned long profile, size_t *key, size_t *salt) {
  *salt = SRTP_AEAD_SALT_LEN;
  switch (profile) {
    case SRTP_AEAD_AES_256_GCM:
      *key = SRTP_AES_256_KEY_LEN;
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
      return true;
    case SRTP_AEAD_AES_128_GCM:
      *key = SRTP_AES_128_KEY_LEN;
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
      return true;
    case SRTP_AES128_CM_SHA1_80:
      *key = SRTP_AES_128_KEY_LEN;
      *salt = SRTP_SALT_LEN;
      srtp_crypto_policy_set_rtp_default(&policy->rtp);
      srtp_crypto_policy_set_rtcp_default(&policy->rtcp);
      return true;
    default:
      return false;
  }
}

/* The material is the client's key, the server's, the client's salt, the server's (RFC 5764 section 4.2). */
static bool open_session(srtp_policy_t policy, const uint8_t *material, size_t key, size_t salt, bool of_client,
                         srtp_t *session) {
  uint8_t master[MAX_KEYING_MATERIAL];
  memcpy(master, material + (of_client ? 0 : key), key);
  memcpy(master + key, material + 2 * key + (of_client ? 0 : salt), salt);
  policy.key = master;
  return srtp_create(session, &policy) == srtp_err_status_ok;
}

bool dtls_open_srtp(const Dtls *dtls, bool is_client, srtp_t *inbound, srtp_t *outbound) {
  const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);
  srtp_policy_t policy = {.window_size = 1024, .allow_repeat_tx = 1};
  size_t key, salt;
  uint8_t material[MAX_KEYING_MATERIAL];
  if (!profile || !set_policy(&policy, profile->id, &key, &salt)) return false;
  if (SSL_export_keying_material(dtls->ssl, material, 2 * (key + salt), LABEL, strlen(LABEL), NULL, 0, 0) != 1)
    return false;
  policy.ssrc.type = ssrc_any_outbound;
  if (!open_session(policy, material, key, salt, is_client, outbound)) return false;
  policy.ssrc.type = ssrc_any_inbound;
  return open_session(policy, material, key, salt, !is_client, inbound);
}
