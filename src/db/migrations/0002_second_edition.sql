CREATE TABLE "audit_keys" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"key" uuid DEFAULT gen_random_uuid() NOT NULL,
	CONSTRAINT "audit_keys_one" CHECK ("audit_keys"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "former_numbers" (
	"user_id" uuid NOT NULL,
	"phone_number" text NOT NULL,
	"taken_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "former_numbers_phone_number_user_id_pk" PRIMARY KEY("phone_number","user_id")
);
--> statement-breakpoint
CREATE TABLE "put_away_profiles" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"full_name" text,
	"neighborhood" text,
	"location" text,
	"put_away_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_events" DROP CONSTRAINT "audit_events_user_id_users_id_fk";
--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "pseudonym" text;--> statement-breakpoint
ALTER TABLE "departments" ADD COLUMN "comparable_name" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "pair_used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "former_numbers" ADD CONSTRAINT "former_numbers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "put_away_profiles" ADD CONSTRAINT "put_away_profiles_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "former_numbers_user_id" ON "former_numbers" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "former_numbers_taken_at" ON "former_numbers" USING btree ("taken_at");--> statement-breakpoint
CREATE INDEX "put_away_profiles_put_away_at" ON "put_away_profiles" USING btree ("put_away_at");--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_pseudonym" ON "audit_events" USING btree ("pseudonym");--> statement-breakpoint
ALTER TABLE "departments" ADD CONSTRAINT "departments_comparable_name_unique" UNIQUE("comparable_name");