/** Uzbek, in the Latin alphabet. An error without a sentence here does not compile. */
export const uz = {
  errors: {
    JSON_INVALID: 'Soʻrov tanasi UTF-8 dagi bitta JSON obyekti boʻlishi kerak.',
    PHONE_INVALID: 'Bu raqamga kod yuborib boʻlmaydi: mobil raqam kiriting.',
    REQUEST_INVALID: 'Soʻrovni bu koʻrinishda bajarib boʻlmaydi.',
    VALIDATION_FAILED: 'Maydon yetishmaydi yoki notoʻgʻri toʻldirilgan.',
    OTP_INVALID: 'Kod notoʻgʻri yoki uning muddati tugagan.',
    CREDENTIALS_INVALID: 'Telefon raqami yoki parol notoʻgʻri.',
    TOKEN_MISSING: 'Tizimga kiring: "Authorization: Bearer <access token>" sarlavhasini yuboring.',
    TOKEN_INVALID: 'Token yaroqsiz; tizimga qayta kiring.',
    TOKEN_EXPIRED: 'Token muddati tugagan.',
    SESSION_ENDED: 'Seans yakunlangan; tizimga qayta kiring.',
    ACCOUNT_DISABLED: 'Bu hisob oʻchirib qoʻyilgan.',
    STAFF_PROFILE_REQUIRED: 'Bu yerdan faqat xodimlar kiradi; fuqarolar kod bilan kiradi.',
    REAUTH_REQUIRED: 'Buning uchun tizimga qayta kiring, soʻng amalni takrorlang.',
    NOT_FOUND: 'Bu manzilda hech narsa yoʻq.',
    METHOD_NOT_ALLOWED: 'Bu manzil bunday usulni qabul qilmaydi; mumkin boʻlganlari Allow sarlavhasida.',
    PHONE_TAKEN: 'Bu raqam allaqachon boshqa hisobga biriktirilgan.',
    STAFF_ACCOUNT: 'Bu xodim hisobi; uni administrator oʻchiradi yoki boshqa raqamga oʻtkazadi.',
    BODY_TOO_LARGE: 'Soʻrov tanasi juda katta.',
    MEDIA_TYPE_UNSUPPORTED:
      'Siqilmagan UTF-8 JSON ni "Content-Type: application/json" sarlavhasi bilan yuboring.',
    EXPECTATION_FAILED: 'Expect sarlavhasidagi talab bajarilmaydi.',
    IDEMPOTENCY_MISMATCH: 'Bu Idempotency-Key bilan boshqa narsa soʻralgan; yangisini yarating.',
    OTP_COOLDOWN: 'Bu raqamga hozirgina kod yuborildi; yangisini soʻrashdan oldin biroz kuting.',
    OTP_SEND_LIMIT: 'Kod juda koʻp soʻraldi; keyinroq urinib koʻring.',
    OTP_ATTEMPT_LIMIT: 'Notoʻgʻri kod juda koʻp kiritildi; keyinroq urinib koʻring.',
    LOGIN_LIMIT: 'Notoʻgʻri parol juda koʻp kiritildi; keyinroq urinib koʻring.',
    RATE_LIMITED: 'Bu manzildan soʻrovlar juda koʻp; biroz kuting.',
    INTERNAL_ERROR: 'Bizda xatolik yuz berdi; xabar berganda x-request-id ni koʻrsating.',
    NOT_READY: 'Xizmatga kerakli ombor javob bermayapti yoki unga yozib boʻlmayapti.',
    MIGRATIONS_PENDING:
      'Maʼlumotlar bazasi yangilanmagan: administrator "manage migrate" buyrugʻini bajarishi kerak.',
    SERVICE_BUSY: 'Hozir juda koʻp odam kirmoqda; birozdan soʻng urinib koʻring.',
    SERVICE_UNAVAILABLE: 'Xizmat hozir javob bera olmaydi; birozdan soʻng urinib koʻring.',
    SMS_UNAVAILABLE: 'Kodni yuborib boʻlmadi; qayta urinib koʻring.'
  },
  phrases: {
    nothingToChange: 'full_name, neighborhood va location dan kamida bittasini yuboring.',
    nothingToEnd: 'Refresh tokenni yoki Authorization sarlavhasida access tokenni yuboring.',
    body: 'Soʻrov tanasi',
    fault: '{field}: {fault}.',
    required: '{missing} maydoni yetishmaydi',
    type: 'JSON turi {types} boʻlishi kerak',
    or: 'yoki',
    empty: 'boʻsh boʻlmasligi kerak',
    minLength: 'kamida {limit} ta belgi boʻlishi kerak',
    maxLength: 'koʻpi bilan {limit} ta belgi boʻlishi mumkin',
    pattern: 'ruxsat etilmagan belgilar bor',
    unseen: 'koʻrinmaydigan yoki matnni teskari buradigan belgi bor ({point})',
    blank: 'kamida bitta koʻrinadigan harf yoki raqam boʻlishi kerak',
    loneMark: 'harf ustiga qoʻyiladigan belgi bilan boshlanmasligi kerak',
    wrongForm: 'notoʻgʻri toʻldirilgan'
  }
}

/** A catalogue has a sentence for each error, and the phrases from which sentences about a field are built. */
export type Catalogue = typeof uz
export type ErrorCode = keyof Catalogue['errors']
export type Phrases = Catalogue['phrases']
