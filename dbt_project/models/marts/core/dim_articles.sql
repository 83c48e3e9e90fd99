{{ config(sort_by=['article_key']) }}

with

keys as (

    select * from {{ ref('stg_hm__article_keys') }}

),

articles as (

    select * from {{ ref('stg_hm__articles') }}

),

final as (

    select
        keys.article_key,
        keys.article_id,

        articles.* except (article_id),

        articles.article_id is null as is_unknown
    from keys
    left join articles on keys.article_id = articles.article_id

)

select * from final
