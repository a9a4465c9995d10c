// Imported for what it sets, before the first schema is made.
import * as z from "zod";

// zod would compile a validator for every object; a run uses most of them once, which takes a tenth of that time.
z.config({ jitless: true });
