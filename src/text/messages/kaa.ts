import type { Catalogue } from './uz.ts'

/** Karakalpak, in the Latin alphabet of 2016. */
export const kaa: Catalogue = {
  errors: {
    JSON_INVALID: 'Soraw denesi UTF-8 degi bir JSON obyekti bolıwı kerek.',
    PHONE_INVALID: 'Bul nomerge kod jiberip bolmaydı: mobil nomer kiritiń.',
    REQUEST_INVALID: 'Sorawdı bul túrde orınlap bolmaydı.',
    VALIDATION_FAILED: 'Maydan jetispeydi yamasa nadurıs toltırılǵan.',
    OTP_INVALID: 'Kod nadurıs yamasa onıń múddeti tamamlanǵan.',
    CREDENTIALS_INVALID: 'Telefon nomeri yamasa parol nadurıs.',
    TOKEN_MISSING: 'Sistemaǵa kiriń: "Authorization: Bearer <access token>" sarlawxasın jiberiń.',
    TOKEN_INVALID: 'Token jaramsız; sistemaǵa qaytadan kiriń.',
    TOKEN_EXPIRED: 'Token múddeti tamamlanǵan.',
    SESSION_ENDED: 'Seans juwmaqlanǵan; sistemaǵa qaytadan kiriń.',
    ACCOUNT_DISABLED: 'Bul esap óshirip qoyılǵan.',
    STAFF_PROFILE_REQUIRED: 'Bul jerden tek xızmetkerler kiredi; puqaralar kod penen kiredi.',
    REAUTH_REQUIRED: 'Bunıń ushın sistemaǵa qaytadan kiriń, soń ámeldi tákirarlań.',
    NOT_FOUND: 'Bul mánzilde hesh nárse joq.',
    METHOD_NOT_ALLOWED: 'Bul mánzil bunday usıldı qabıl etpeydi; múmkin bolǵanları Allow sarlawxasında.',
    PHONE_TAKEN: 'Bul nomer álleqashan basqa esapqa jalǵanǵan.',
    STAFF_ACCOUNT: 'Bul xızmetker esabı; onı administrator óshiredi yamasa basqa nomerge ótkeredi.',
    BODY_TOO_LARGE: 'Soraw denesi júdá úlken.',
    MEDIA_TYPE_UNSUPPORTED:
      'Qısılmaǵan UTF-8 JSON dı "Content-Type: application/json" sarlawxası menen jiberiń.',
    EXPECTATION_FAILED: 'Expect sarlawxasındaǵı talap orınlanbaydı.',
    IDEMPOTENCY_MISMATCH: 'Bul Idempotency-Key menen basqa nárse soralǵan; jańasın dúziń.',
    OTP_COOLDOWN: 'Bul nomerge házir ǵana kod jiberildi; jańasın soramastan aldın biraz kútiń.',
    OTP_SEND_LIMIT: 'Kod júdá kóp soraldı; keyinirek urınıp kóriń.',
    OTP_ATTEMPT_LIMIT: 'Nadurıs kod júdá kóp kiritildi; keyinirek urınıp kóriń.',
    LOGIN_LIMIT: 'Nadurıs parol júdá kóp kiritildi; keyinirek urınıp kóriń.',
    RATE_LIMITED: 'Bul mánzilden sorawlar júdá kóp; biraz kútiń.',
    INTERNAL_ERROR: 'Bizde qátelik júz berdi; xabar bergende x-request-id di kórsetiń.',
    NOT_READY: 'Xızmetke kerekli saqlaw ornı juwap bermey atır yamasa oǵan jazıp bolmay atır.',
    MIGRATIONS_PENDING:
      'Maǵlıwmatlar bazası jańalanbaǵan: administrator "manage migrate" buyrıǵın orınlawı kerek.',
    SERVICE_BUSY: 'Házir júdá kóp adam kirip atır; birazdan soń urınıp kóriń.',
    SERVICE_UNAVAILABLE: 'Xızmet házir juwap bere almaydı; birazdan soń urınıp kóriń.',
    SMS_UNAVAILABLE: 'Kodtı jiberip bolmadı; qaytadan urınıp kóriń.'
  },
  phrases: {
    nothingToChange: 'full_name, neighborhood hám location dan keminde birewin jiberiń.',
    nothingToEnd: 'Refresh tokendi yamasa Authorization sarlawxasında access tokendi jiberiń.',
    body: 'Soraw denesi',
    fault: '{field}: {fault}.',
    required: '{missing} maydanı jetispeydi',
    type: 'JSON túri {types} bolıwı kerek',
    or: 'yamasa',
    empty: 'bos bolmawı kerek',
    minLength: 'keminde {limit} belgi bolıwı kerek',
    maxLength: 'kóbi menen {limit} belgi bolıwı múmkin',
    pattern: 'ruqsat etilmegen belgiler bar',
    unseen: 'kórinbeytuǵın yamasa tekstti keri buratuǵın belgi bar ({point})',
    blank: 'keminde bir kórinetuǵın hárip yamasa cifr bolıwı kerek',
    loneMark: 'hárip ústine qoyılatuǵın belgi menen baslanbawı kerek',
    wrongForm: 'nadurıs toltırılǵan'
  }
}
