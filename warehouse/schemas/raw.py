"""Database `raw`: what landed, as it came, typed. Append-only by landing; dbt's staging reads it."""

from warehouse.schemas.table import Column, Table

DATABASE = "raw"

_LANDING = Column("landing_id", "int", "Landing that brought the rows, 1 for the first one")

TRANSACTIONS = Table(
    DATABASE,
    "transactions",
    "One row per line of a transactions file; exact duplicates are real purchases and kept.",
    (
        Column("t_dat", "date", "Day of purchase"),
        Column("customer_id", "string", "Customer, 64 hexadecimal digits"),
        Column("article_id", "string", "Article, 10 digits with leading zero"),
        Column("price", "decimal(18,9)", "Price paid for one piece, in the retailer's scaled unit"),
        Column("sales_channel_id", "int", "1 store, 2 online"),
    ),
    (_LANDING, Column("t_month", "string", "Month of t_dat, YYYY-MM")),
)

ARTICLES = Table(
    DATABASE,
    "articles",
    "One row per article and landed snapshot; the latest landing of an article wins.",
    (
        Column("article_id", "string", "Article, 10 digits with leading zero"),
        Column("product_code", "int", "Product: the article without its colour and pattern"),
        Column("prod_name", "string", "Product name"),
        Column("product_type_no", "int", "Product type number"),
        Column("product_type_name", "string", "Product type"),
        Column("product_group_name", "string", "Product group"),
        Column("graphical_appearance_no", "int", "Graphical appearance number"),
        Column("graphical_appearance_name", "string", "Graphical appearance"),
        Column("colour_group_code", "int", "Colour group number"),
        Column("colour_group_name", "string", "Colour group"),
        Column("perceived_colour_value_id", "int", "Perceived colour value number"),
        Column("perceived_colour_value_name", "string", "Perceived colour value"),
        Column("perceived_colour_master_id", "int", "Perceived colour master number"),
        Column("perceived_colour_master_name", "string", "Perceived colour master"),
        Column("department_no", "int", "Department number"),
        Column("department_name", "string", "Department"),
        Column("index_code", "string", "Index letter"),
        Column("index_name", "string", "Index"),
        Column("index_group_no", "int", "Index group number"),
        Column("index_group_name", "string", "Index group"),
        Column("section_no", "int", "Section number"),
        Column("section_name", "string", "Section"),
        Column("garment_group_no", "int", "Garment group number"),
        Column("garment_group_name", "string", "Garment group"),
        Column("detail_desc", "string", "Description, may hold line breaks"),
    ),
    (_LANDING,),
)

CUSTOMERS = Table(
    DATABASE,
    "customers",
    "One row per customer and landed snapshot; the latest landing of a customer wins.",
    (
        Column("customer_id", "string", "Customer, 64 hexadecimal digits"),
        Column("fn", "int", "1 if the customer gets Fashion News, else null"),
        Column("active", "int", "1 if the customer is active for communication, else null"),
        Column("club_member_status", "string", "Club membership"),
        Column("fashion_news_frequency", "string", "How often Fashion News is sent"),
        Column("age", "int", "Age in years, null where unknown"),
        Column("postal_code", "string", "Hashed postal code"),
    ),
    (_LANDING,),
)

CUSTOMER_KEYS = Table(
    DATABASE,
    "customer_keys",
    "One row per customer ever seen: its dense integer key, assigned once and never changed.",
    (
        Column("customer_id", "string", "Customer, 64 hexadecimal digits"),
        Column("customer_key", "int", "Dense key from 0; a join key, without meaning"),
    ),
    (_LANDING,),
)

ARTICLE_KEYS = Table(
    DATABASE,
    "article_keys",
    "One row per article ever seen: its dense integer key, assigned once and never changed.",
    (
        Column("article_id", "string", "Article, 10 digits with leading zero"),
        Column("article_key", "int", "Dense key from 0; a join key, without meaning"),
    ),
    (_LANDING,),
)

REJECTED_ROWS = Table(
    DATABASE,
    "rejected_rows",
    "One row per line that could not be landed, with the place and the reason.",
    (
        Column("file_name", "string", "File the row came in"),
        Column("record_number", "bigint", "Number of the record in the file, 1 for the first one after the header"),
        Column("reason", "string", "What is wrong with it"),
        Column("row_text", "string", "The row as it came"),
    ),
    (_LANDING,),
)

LANDED_DAYS = Table(
    DATABASE,
    "landed_days",
    "One row per landing and day it brought; the latest landing owns the day, earlier rows of it are replaced.",
    (
        Column("t_dat", "date", "Day of purchase"),
        Column("n_rows", "bigint", "Rows landed of that day"),
    ),
    (_LANDING,),
)

LANDINGS = Table(
    DATABASE,
    "landings",
    "One row per landed file; written last: a landing that is not here did not happen.",
    (
        Column("file_name", "string", "File name without its folder"),
        Column("file_kind", "string", "articles, customers or transactions"),
        Column("sha256", "string", "SHA-256 of the file as it came, compressed or not"),
        Column("file_bytes", "bigint", "Size of the file"),
        Column("rows_read", "bigint", "Records after the header = rows_landed + rows_rejected"),
        Column("rows_landed", "bigint", "Rows that are in the table"),
        Column("rows_rejected", "bigint", "Rows that are in raw.rejected_rows"),
        Column("rows_repaired", "bigint", "Of the landed rows: those whose id was given back its leading zero"),
        Column("first_day", "date", "First day of purchase in a transactions file"),
        Column("last_day", "date", "Last day of purchase in a transactions file"),
        Column("notes", "string", "What a reader of the file should know: columns left out, encoding, rows merged"),
        Column("landed_at", "timestamp", "When the landing was committed, UTC"),
    ),
    (_LANDING,),
)

EVENTS = Table(
    DATABASE,
    "events",
    "One row per event or exposure that the HTTP API took, each once; written by `hm events land`, a day whole.",
    (
        Column("event_id", "string", "Event, or exposure"),
        Column("kind", "string", "view, click, purchase, session, or exposure to a variant"),
        Column("customer_id", "string", "Customer, 64 hexadecimal digits"),
        Column("article_id", "string", "Article, 10 digits with leading zero; null where there is none"),
        Column("value", "decimal(12,4)", "Price of a purchase; steps of a session; otherwise 0"),
        Column("at", "timestamp", "When it happened, UTC; the simulated moment where is_simulated"),
        Column("session_id", "string", "Visit it belongs to; null where unknown"),
        Column("request_id", "string", "Request of the API that brought it"),
        Column("experiment", "string", "Of an exposure: the experiment"),
        Column("variant", "string", "Of an exposure: the variant that was served"),
        Column("run", "int", "Of an exposure: the published run that it was read from"),
        Column("is_simulated", "boolean", "The customer was a simulated one"),
    ),
    (Column("event_date", "date", "Day of at, UTC"),),
)

FORGOTTEN_CUSTOMERS = Table(
    DATABASE,
    "forgotten_customers",
    "One row per customer whom `hm forget` has removed; landing lets none of their rows in again.",
    (
        Column("customer_sha256", "string", "SHA-256 of the customer_id, hexadecimal; the id itself is nowhere"),
        Column("had_rows", "boolean", "Whether rows of theirs had landed: what was learned from these is due again"),
        Column("forgotten_at", "timestamp", "When it was asked for, UTC"),
    ),
    (Column("forgotten_year", "int", "Year of forgotten_at"),),
)

TABLES = (
    TRANSACTIONS,
    ARTICLES,
    CUSTOMERS,
    CUSTOMER_KEYS,
    ARTICLE_KEYS,
    REJECTED_ROWS,
    LANDED_DAYS,
    LANDINGS,
)
